package io.fovea.tools;

/**
 * How far one intermediate result of a model is from that of another.
 *
 * @param stage its name in traces
 * @param relative norm of the difference over the norm of the reference; 0 where both are zero
 * @param largest difference of two values
 */
public record StageError(String stage, double relative, double largest) {}
