package io.fovea.grounding;

import org.jspecify.annotations.Nullable;

/**
 * One point and the words it belongs to; fields as in {@link Region}.
 *
 * @param phrase what the point shows; may be empty
 * @param textStart where the phrase begins in the parsed text, in chars
 * @param textEnd where it ends
 * @param point where it is, in thousandths of the picture
 * @param position the same, exactly as the model gave it
 * @param time the frame of a film that it is on, by number or in seconds as the model counts; null
 *     where the model gave none
 * @param index the number that the model gave the object; null where it gave none
 */
public record Pointing(
    String phrase,
    int textStart,
    int textEnd,
    Point point,
    Geometry.Position position,
    @Nullable Double time,
    @Nullable Integer index) {
  /** A point on a picture that is known in thousandths. */
  public Pointing(String phrase, int textStart, int textEnd, Point point) {
    this(phrase, textStart, textEnd, point, Geometry.Position.of(point), null, null);
  }
}
