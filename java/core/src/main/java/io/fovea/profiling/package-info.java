/** What ops cost: their time on the device, the bytes they move, their arithmetic. */
@NullMarked
package io.fovea.profiling;

import org.jspecify.annotations.NullMarked;
