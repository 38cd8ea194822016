package io.fovea.grounding;

/**
 * A generated box.
 *
 * @param confidence geometric mean of the probabilities of its digits, 0..1 ({@link BoxConfidence})
 */
public record ScoredBox(Box box, double confidence) {}
