/** Implements {@code io.fovea.ops} over the native library; alone knows statuses and addresses. */
@NullMarked
package io.fovea.nativeops;

import org.jspecify.annotations.NullMarked;
