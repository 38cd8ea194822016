package io.fovea.ops;

/**
 * Tokens chosen for R rows.
 *
 * @param tokens [R]; -1 where a logit is NaN or infinite, or none is possible
 * @param logProbabilities [R] natural logarithms of their probabilities among the allowed tokens
 */
@SuppressWarnings("ArrayRecordComponent") // made by one call, never compared
public record Samples(int[] tokens, float[] logProbabilities) {}
