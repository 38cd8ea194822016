package io.fovea.grounding;

/**
 * A range of chars in a text.
 *
 * @param start of the first
 * @param end after the last
 */
public record Span(int start, int end) {
  /** Whether it holds no char. */
  public boolean isEmpty() {
    return start >= end;
  }

  /** The part of a text that this range names. */
  public String in(String text) {
    return isEmpty() ? "" : text.substring(start, end);
  }
}
