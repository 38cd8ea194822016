/**
 * Kosmos-2 (arXiv:2306.14824): CLIP, a resampler with learned queries, and a decoder with
 * normalisation inside attention and MLP (Magneto, arXiv:2210.06423).
 */
@NullMarked
package io.fovea.model.kosmos2;

import org.jspecify.annotations.NullMarked;
