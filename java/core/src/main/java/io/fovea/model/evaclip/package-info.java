/** The EVA2-CLIP vision encoder: a picture's patches in, one feature a patch out. */
@NullMarked
package io.fovea.model.evaclip;

import org.jspecify.annotations.NullMarked;
