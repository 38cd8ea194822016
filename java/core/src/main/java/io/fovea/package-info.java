/**
 * Values and failures shared by every room of Fovea; the public API itself is {@code
 * io.fovea.engine}.
 */
@NullMarked
package io.fovea;

import org.jspecify.annotations.NullMarked;
