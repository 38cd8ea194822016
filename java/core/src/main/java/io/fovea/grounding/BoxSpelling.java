package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How a tokenizer spells {@code [[ddd,ddd,ddd,ddd;ddd,...]]}: a coordinate is three tokens of one
 * digit (SentencePiece models) or one token of three (Llama 3), with fixed runs of tokens around.
 *
 * @param width digits in a number token, 1 or 3
 * @param numbers numbers[v] is the token of the value v, spelled with {@code width} digits
 * @param open the tokens before the first coordinate
 * @param commas the tokens after coordinates 0, 1 and 2 of a box
 * @param next the tokens after a box that another box follows
 * @param close the tokens after the last box
 */
@SuppressWarnings("ArrayRecordComponent") // spellings are not compared
record BoxSpelling(
    int width, int[] numbers, int[] open, List<int[]> commas, int[] next, int[] close) {
  private static final int DIGITS = 3;
  static final int COORDINATES = 4;

  private static final CogVlmDialect DIALECT = new CogVlmDialect();

  /**
   * Reads the spelling off two examples and proves it on others: each number at both ends, and a
   * thousand boxes with every three digits.
   *
   * @param encode text to token ids, without special tokens
   * @throws InvalidRequestException when the tokenizer spells coordinates in any other way
   */
  static BoxSpelling learn(Function<String, int[]> encode) {
    int longest = encode.apply(text(0)).length;
    // Three tokens of one digit are at least 12 of them, and 3 commas.
    return longest >= DIGITS * COORDINATES + COORDINATES - 1
        ? learn(encode, 1)
        : learn(encode, DIGITS);
  }

  private static BoxSpelling learn(Function<String, int[]> encode, int width) {
    int values = width == 1 ? 10 : 1000;
    int[] numbers = IntStream.range(0, values).map(v -> tokenOf(v, width, encode)).toArray();
    int count = COORDINATES * DIGITS / width;
    List<int[]> one = runs(text(0), encode, numbers, count);
    List<int[]> two = runs(text(0, 0), encode, numbers, 2 * count);
    int each = DIGITS / width;
    List<int[]> commas = List.of(one.get(each), one.get(2 * each), one.get(3 * each));
    BoxSpelling spelling =
        new BoxSpelling(width, numbers, one.get(0), commas, two.get(count), one.get(count));
    for (int digit = 0; digit < 10; digit++) {
      spelling.prove(boxes(digit * 111), encode);
    }
    spelling.prove(
        IntStream.rangeClosed(0, Box.MAX)
            .mapToObj(n -> Box.ofCorners(n, Box.MAX - n, n * 37 % 1000, n * 73 % 1000))
            .toList(),
        encode);
    return spelling;
  }

  /** The token that stands where another number's text has another token. */
  private static int tokenOf(int value, int width, Function<String, int[]> encode) {
    int coordinate = width == 1 ? value * 111 : value;
    int other = width == 1 ? (value + 1) % 10 * 111 : (value + 500) % 1000;
    int[] ids = encode.apply(text(coordinate));
    int at = Arrays.mismatch(ids, encode.apply(text(other)));
    if (at < 0 || at >= ids.length) {
      throw unsupported(text(coordinate), ids);
    }
    return ids[at];
  }

  /** Token runs before, between and after the numbers: {@code count + 1} of them, some empty. */
  private static List<int[]> runs(
      String text, Function<String, int[]> encode, int[] numbers, int count) {
    Set<Integer> known = IntStream.of(numbers).boxed().collect(Collectors.toSet());
    int[] ids = encode.apply(text);
    List<int[]> runs = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < ids.length; i++) {
      if (known.contains(ids[i])) {
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

  /** Number tokens of a coordinate. */
  int perCoordinate() {
    return DIGITS / width;
  }

  /** Number tokens of a box. */
  int perBox() {
    return COORDINATES * perCoordinate();
  }

  /** Values of a number token: 10 or 1000. */
  int values() {
    return numbers.length;
  }

  /** The value that a number token stands for. */
  int value(int id) {
    return IntStream.range(0, numbers.length)
        .filter(v -> numbers[v] == id)
        .findFirst()
        .orElseThrow();
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
    for (int at = 2; at < text.length() - 2; ) {
      char c = text.charAt(at);
      if (c == ',') {
        IntStream.of(commas.get(coordinate++)).forEach(ids::add);
        at++;
      } else if (c == ';') {
        IntStream.of(next).forEach(ids::add);
        coordinate = 0;
        at++;
      } else {
        ids.add(numbers[Integer.parseInt(text, at, at + width, 10)]);
        at += width;
      }
    }
    IntStream.of(close).forEach(ids::add);
    return ids.build().toArray();
  }

  private static String text(int... coordinates) {
    return DIALECT.format(boxes(coordinates));
  }

  /** Boxes whose coordinates are all the given one. */
  private static List<Box> boxes(int... coordinates) {
    return IntStream.of(coordinates).mapToObj(n -> new Box(n, n, n, n)).toList();
  }

  private static InvalidRequestException unsupported(String text, int[] ids) {
    return new InvalidRequestException(
        "this tokenizer spells box coordinates neither digit by digit nor as one token: "
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
