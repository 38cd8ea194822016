package io.fovea.image;

/** What shows where a picture is transparent. */
public enum Transparency {
  /**
   * The colour that is stored under it, as in the reference, whatever it is: often black, or what
   * an editor left there.
   */
  DROP,
  /** White, as most viewers show it. */
  WHITE,
  /** Black. */
  BLACK,
  /** A checkerboard of white and light grey, squares of 8 pixels, which says: nothing is here. */
  CHECKER;

  private static final int SQUARE = 8;
  private static final int LIGHT_GREY = 204;

  /** What a pixel is laid over, 0..255, grey. */
  int behind(int x, int y) {
    return switch (this) {
      case WHITE -> 255;
      case CHECKER -> (x / SQUARE + y / SQUARE) % 2 == 0 ? 255 : LIGHT_GREY;
      case BLACK, DROP -> 0;
    };
  }
}
