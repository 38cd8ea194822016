package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * How a tokenizer spells {@code [[ddd,ddd,ddd,ddd;ddd,...]]}: one token for each digit, and fixed
 * runs of tokens around the coordinates.
 *
 * @param digits digits[d] is the token of the digit d
 * @param open the tokens before the first coordinate
 * @param commas the tokens after coordinates 0, 1 and 2 of a box
 * @param next the tokens after a box that another box follows
 * @param close the tokens after the last box
 */
@SuppressWarnings("ArrayRecordComponent") // spellings are not compared
record BoxSpelling(int[] digits, int[] open, List<int[]> commas, int[] next, int[] close) {
  static final int DIGITS = 3;
  static final int COORDINATES = 4;
  static final int DIGITS_A_BOX = DIGITS * COORDINATES;

  private static final CogVlmDialect DIALECT = new CogVlmDialect();

  /**
   * Reads the spelling off two examples and proves it on others: each digit at both ends, and a
   * thousand boxes with every three digits.
   *
   * @param encode text to token ids, without special tokens
   * @throws InvalidRequestException when the tokenizer does not spell every coordinate as three
   *     single-digit tokens
   */
  static BoxSpelling learn(Function<String, int[]> encode) {
    int[] digits = IntStream.range(0, 10).map(digit -> tokenOf(digit, encode)).toArray();
    List<int[]> one = runs(text(0), encode, digits, DIGITS_A_BOX);
    List<int[]> two = runs(text(0, 0), encode, digits, 2 * DIGITS_A_BOX);
    List<int[]> commas = List.of(one.get(3), one.get(6), one.get(9));
    BoxSpelling spelling =
        new BoxSpelling(digits, one.get(0), commas, two.get(DIGITS_A_BOX), one.get(DIGITS_A_BOX));
    for (int digit = 0; digit < 10; digit++) {
      spelling.prove(boxes(digit), encode);
    }
    spelling.prove(
        IntStream.rangeClosed(0, Box.MAX)
            .mapToObj(n -> Box.ofCorners(n, Box.MAX - n, n * 37 % 1000, n * 73 % 1000))
            .toList(),
        encode);
    return spelling;
  }

  /** The token that stands where another digit's text has another token. */
  private static int tokenOf(int digit, Function<String, int[]> encode) {
    int[] ids = encode.apply(text(digit));
    int at = Arrays.mismatch(ids, encode.apply(text((digit + 1) % 10)));
    if (at < 0 || at >= ids.length) {
      throw unsupported(text(digit), ids);
    }
    return ids[at];
  }

  /** Token runs before, between and after the digits: {@code count + 1} of them, most empty. */
  private static List<int[]> runs(
      String text, Function<String, int[]> encode, int[] digits, int count) {
    int[] ids = encode.apply(text);
    List<int[]> runs = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < ids.length; i++) {
      int id = ids[i];
      if (IntStream.of(digits).anyMatch(digit -> digit == id)) {
        runs.add(Arrays.copyOfRange(ids, from, i));
        from = i + 1;
      }
    }
    runs.add(Arrays.copyOfRange(ids, from, ids.length));
    if (runs.size() != count + 1) {
      throw unsupported(text, ids);
    }
    return runs;
  }

  /** The digit that a digit token stands for. */
  int digit(int id) {
    return IntStream.range(0, 10).filter(digit -> digits[digit] == id).findFirst().orElseThrow();
  }

  private void prove(List<Box> boxes, Function<String, int[]> encode) {
    String text = DIALECT.format(boxes);
    int[] ids = encode.apply(text);
    boolean silent =
        open.length * next.length * close.length == 0
            || commas.stream().anyMatch(comma -> comma.length == 0);
    if (silent || !Arrays.equals(ids, spell(text))) {
      throw unsupported(text, ids);
    }
  }

  /** The tokens of a well formed text of boxes. */
  private int[] spell(String text) {
    IntStream.Builder ids = IntStream.builder();
    IntStream.of(open).forEach(ids::add);
    int coordinate = 0;
    for (char c : text.substring(2, text.length() - 2).toCharArray()) {
      if (c == ',') {
        IntStream.of(commas.get(coordinate++)).forEach(ids::add);
      } else if (c == ';') {
        IntStream.of(next).forEach(ids::add);
        coordinate = 0;
      } else {
        ids.add(digits[c - '0']);
      }
    }
    IntStream.of(close).forEach(ids::add);
    return ids.build().toArray();
  }

  private static String text(int... digitsOfBoxes) {
    return DIALECT.format(boxes(digitsOfBoxes));
  }

  /** Boxes whose digits are all the given one. */
  private static List<Box> boxes(int... digitsOfBoxes) {
    return IntStream.of(digitsOfBoxes)
        .mapToObj(digit -> new Box(digit * 111, digit * 111, digit * 111, digit * 111))
        .toList();
  }

  private static InvalidRequestException unsupported(String text, int[] ids) {
    return new InvalidRequestException(
        "this tokenizer does not spell box coordinates as three single-digit tokens: "
            + start(text)
            + " becomes "
            + start(Arrays.toString(ids)),
        "use unconstrained decoding, or the tokenizer the model was trained with");
  }

  /** Enough of it for a message. */
  private static String start(String text) {
    return text.length() <= 120 ? text : text.substring(0, 120) + "...";
  }
}
