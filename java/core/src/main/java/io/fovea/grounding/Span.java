package io.fovea.grounding;

/** A range of chars in a text, end exclusive. */
record Span(int start, int end) {
  boolean isEmpty() {
    return start >= end;
  }

  /** The part of a text that this range names. */
  String in(String text) {
    return isEmpty() ? "" : text.substring(start, end);
  }
}
