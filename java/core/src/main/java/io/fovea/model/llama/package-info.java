/** The LLaMA decoder (arXiv:2302.13971), which several grounding models speak through. */
@NullMarked
package io.fovea.model.llama;

import org.jspecify.annotations.NullMarked;
