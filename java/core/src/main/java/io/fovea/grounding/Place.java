package io.fovea.grounding;

/** Where something is on a picture: what a model writes in double brackets. */
public sealed interface Place permits Box, Point {
  /**
   * The numbers as models write them, {@code [[x0,y0,x1,y1]]} or {@code [[x,y]]}, three digits
   * each.
   */
  String text();
}
