/**
 * Checkpoints into and out of the form that the engine runs: convert, quantize, inspect, verify,
 * synthesize.
 */
@NullMarked
package io.fovea.tools;

import org.jspecify.annotations.NullMarked;
