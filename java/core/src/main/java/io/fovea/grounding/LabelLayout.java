package io.fovea.grounding;

import java.awt.Point;
import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds a place for each label: inside the picture, near its box, off the other labels. */
final class LabelLayout {
  private static final String ELLIPSIS = "..";
  private static final int SMALLEST_PICTURE = 4; // in heights of a label

  private final Rectangle picture;
  private final LabelFont font;
  private final List<Rectangle> taken = new ArrayList<>();

  /**
   * A label in its place.
   *
   * @param bounds of the background, inside the picture
   */
  record Label(String text, Rectangle bounds) {}

  LabelLayout(int width, int height, LabelFont font) {
    this.picture = new Rectangle(width, height);
    this.font = font;
  }

  /** Space between a label's edge and its letters, in pixels. */
  int padding() {
    return Math.max(1, font.height() / 6);
  }

  /**
   * The label of a box, cut short where the picture is too narrow; none where the picture is too
   * small for readable letters.
   *
   * @param box in pixels
   */
  Optional<Label> place(String text, Rectangle box) {
    String fitting = fitting(text);
    int width = font.width(fitting) + 2 * padding();
    int height = font.height() + 2 * padding();
    if (fitting.isEmpty() || height * SMALLEST_PICTURE > picture.height) {
      return Optional.empty();
    }
    Rectangle bounds =
        Stream.concat(corners(box, width, height), gaps(box))
            .map(corner -> new Rectangle(corner.x, corner.y, width, height))
            .filter(place -> picture.contains(place) && taken.stream().noneMatch(place::intersects))
            .findFirst()
            .orElseGet(() -> pushedInside(box.x, box.y - height, width, height));
    taken.add(bounds);
    return Optional.of(new Label(fitting, bounds));
  }

  /** Above, inside at the top, below, inside at the bottom; flush left, then flush right. */
  private Stream<Point> corners(Rectangle box, int width, int height) {
    int bottom = box.y + box.height;
    int leftmost = Math.max(0, Math.min(box.x, picture.width - width));
    int rightmost = Math.max(0, Math.min(box.x + box.width, picture.width) - width);
    return Stream.of(leftmost, rightmost)
        .flatMap(
            left ->
                Stream.of(box.y - height, box.y, bottom, bottom - height)
                    .map(top -> new Point(left, top)));
  }

  /** Right of and below the other labels, the nearest to the box first. */
  private Stream<Point> gaps(Rectangle box) {
    return taken.stream()
        .flatMap(
            other ->
                Stream.of(
                    new Point(other.x + other.width, other.y),
                    new Point(other.x, other.y + other.height)))
        .sorted(Comparator.comparingDouble(place -> place.distance(box.x, box.y)));
  }

  private Rectangle pushedInside(int left, int top, int width, int height) {
    int x = Math.max(0, Math.min(left, picture.width - width));
    int y = Math.max(0, Math.min(top, picture.height - height));
    return new Rectangle(x, y, width, height);
  }

  private String fitting(String text) {
    int room = picture.width - 2 * padding();
    if (font.width(text) <= room) {
      return text;
    }
    int end = text.length();
    while (end > 0 && font.width(text.substring(0, end) + ELLIPSIS) > room) {
      end = text.offsetByCodePoints(end, -1);
    }
    return end == 0 ? "" : text.substring(0, end) + ELLIPSIS;
  }
}
