package io.fovea.engine;

/**
 * Some characters of a text.
 *
 * @param start of the first, in chars
 * @param end after the last
 */
public record TextRange(int start, int end) {}
