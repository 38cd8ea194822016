/**
 * Qwen-VL (arXiv:2308.12966): OpenCLIP's ViT-bigG, a resampler with learned queries, and the Qwen
 * decoder, whose rotation and queries change beyond the length that it was trained on.
 */
@NullMarked
package io.fovea.model.qwenvl;

import org.jspecify.annotations.NullMarked;
