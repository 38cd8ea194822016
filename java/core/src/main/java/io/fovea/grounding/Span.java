package io.fovea.grounding;

/** A range of chars in a text, end exclusive. */
record Span(int start, int end) {
  boolean isEmpty() {
    return start >= end;
  }
}
