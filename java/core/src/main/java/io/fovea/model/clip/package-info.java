/** CLIP's vision transformer (arXiv:2103.00020), which several grounding models look through. */
@NullMarked
package io.fovea.model.clip;

import org.jspecify.annotations.NullMarked;
