/**
 * The two interfaces that models speak, {@code Ops} (arithmetic) and {@code DeviceMemory}, and
 * their values.
 */
@NullMarked
package io.fovea.ops;

import org.jspecify.annotations.NullMarked;
