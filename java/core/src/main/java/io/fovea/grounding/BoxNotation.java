package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * How a family writes lists of boxes where each is four numbers with fixed signs between: the
 * notation, without the tokens that spell it. A {@link TextGrammar} holds a decoder to it.
 *
 * @param open before the first number
 * @param between after x0, y0 and x1
 * @param next between two boxes
 * @param close after the last box
 * @param largest the largest number; the smallest is 0
 * @param number how a number is written, from 0 to {@code largest}
 * @param place the rectangle that the numbers x0, y0, x1, y1 mean in a frame
 * @param step what a number that is larger by one moves an edge by
 */
public record BoxNotation(
    String open,
    List<String> between,
    String next,
    String close,
    int largest,
    IntFunction<String> number,
    BiFunction<int[], Frame, Geometry.Rectangle> place,
    Function<Frame, Step> step) {
  /** A distance in thousandths of the picture's width and height. */
  public record Step(double x, double y) {
    private static final Step THOUSANDTH = new Step(1, 1);
  }

  /** Numbers of a box. */
  static final int CORNERS = 4;

  /** CogVLM's {@code [[010,020,300,400;500,600,700,800]]}. */
  public static final BoxNotation COGVLM =
      new BoxNotation(
          "[[",
          List.of(",", ",", ","),
          ";",
          "]]",
          Box.MAX,
          BoxNotation::threeDigits,
          (n, frame) -> Geometry.Rectangle.of(new Box(n[0], n[1], n[2], n[3])),
          frame -> Step.THOUSANDTH);

  /** Qwen-VL's {@code <box>(10,20),(300,400)</box><box>(500,600),(700,800)</box>}. */
  public static final BoxNotation QWEN_VL =
      new BoxNotation(
          "<box>(",
          List.of(",", "),(", ","),
          ")</box><box>(",
          ")</box>",
          Scale.BELOW_1000.max(),
          Integer::toString,
          (n, frame) -> Scale.BELOW_1000.box(new double[] {n[0], n[1], n[2], n[3]}, 0),
          frame -> Step.THOUSANDTH);

  /** Shikra's {@code [0.010,0.020,0.300,0.400;0.500,0.600,0.700,0.800]}. */
  public static final BoxNotation SHIKRA =
      new BoxNotation(
          "[",
          List.of(",", ",", ","),
          ";",
          "]",
          1000,
          n -> n / 1000 + "." + threeDigits(n % 1000),
          (n, frame) ->
              shikraSquare(frame).box(n[0] / 1000.0, n[1] / 1000.0, n[2] / 1000.0, n[3] / 1000.0),
          frame -> {
            PaddedSquare square = shikraSquare(frame);
            double side = square.side();
            return new Step(side / square.picture().width(), side / square.picture().height());
          });

  private static String threeDigits(int n) {
    return Integer.toString(1000 + n).substring(1);
  }

  private static PaddedSquare shikraSquare(Frame frame) {
    return PaddedSquare.of(frame.requirePicture("shikra"));
  }

  /** Takes a copy of the lists. */
  public BoxNotation {
    between = List.copyOf(between);
    if (between.size() != CORNERS - 1) {
      throw new IllegalArgumentException(between.size() + " signs between four numbers");
    }
  }

  /** The notation where an answer begins with words that say nothing, such as {@code Answer: }. */
  public BoxNotation behind(String words) {
    return new BoxNotation(words + open, between, next, close, largest, number, place, step);
  }

  /**
   * A whole answer.
   *
   * @param boxes each x0, y0, x1, y1
   */
  String text(List<int[]> boxes) {
    return boxes.stream().map(this::text).collect(Collectors.joining(next, open, close));
  }

  private String text(int[] box) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < CORNERS; i++) {
      parts.add(number.apply(box[i]));
      parts.add(i < between.size() ? between.get(i) : "");
    }
    return String.join("", parts);
  }
}
