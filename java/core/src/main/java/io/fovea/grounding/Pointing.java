package io.fovea.grounding;

/**
 * One point and the words it belongs to; fields as in {@link Region}.
 *
 * @param phrase what the point shows; may be empty
 * @param textStart where the phrase begins in the parsed text, in chars
 * @param textEnd where it ends
 */
public record Pointing(String phrase, int textStart, int textEnd, Point point) {}
