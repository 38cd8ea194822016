/**
 * Shikra (arXiv:2306.15195): CLIP's patches through one linear layer into a LLaMA decoder, which
 * reads and writes boxes as plain numbers.
 */
@NullMarked
package io.fovea.model.shikra;

import org.jspecify.annotations.NullMarked;
