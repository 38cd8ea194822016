/**
 * Key frames of VP8 (RFC 6386), the lossy half of WebP, to RGB: the samples that libwebp decodes,
 * widens and converts them to, bit for bit.
 */
@NullMarked
package io.fovea.image.vp8;

import org.jspecify.annotations.NullMarked;
