package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.Locale;

/**
 * A position in thousandths of the picture's width and height, origin top left; some models answer
 * with one where a box was asked for.
 *
 * @param x 0..999
 * @param y 0..999
 */
public record Point(int x, int y) implements Place {
  /**
   * @throws InvalidRequestException where a coordinate is not within 0..999
   */
  public Point {
    if (x < 0 || x > Box.MAX || y < 0 || y > Box.MAX) {
      throw new InvalidRequestException(
          "point [" + x + "," + y + "] is not in thousandths", "give two numbers from 0 to 999");
    }
  }

  @Override
  public String text() {
    return String.format(Locale.ROOT, "[[%03d,%03d]]", x, y);
  }
}
