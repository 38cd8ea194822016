package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Texts of boxes that differ in one number, and what a tokenizer makes of them: what they have in
 * common stands around the number.
 *
 * @param encode text to token ids
 */
record BoxExamples(BoxNotation notation, Function<String, int[]> encode) {
  private static final int[] ZERO = {0, 0, 0, 0};

  /** Tokens that texts have in common at both ends. */
  private record Ends(int before, int after) {}

  /** A number for each digit it may begin or end with. */
  int[] samples() {
    IntStream alike = IntStream.range(0, 10).map(digit -> digit * 111);
    return IntStream.concat(alike, IntStream.of(notation.largest())).distinct().toArray();
  }

  /** The tokens of each number, as they stand first in a box. */
  List<int[]> numbers() {
    List<int[]> texts =
        IntStream.rangeClosed(0, notation.largest())
            .mapToObj(n -> encode.apply(notation.text(List.of(new int[] {n, 0, 0, 0}))))
            .toList();
    Ends ends = ends(texts);
    return texts.stream()
        .map(ids -> Arrays.copyOfRange(ids, ends.before(), ids.length - ends.after()))
        .toList();
  }

  /** The tokens before, between and after the eight numbers of two boxes. */
  List<int[]> runs() {
    int[] ids = encode.apply(notation.text(List.of(ZERO, ZERO)));
    List<int[]> runs = new ArrayList<>();
    int from = 0;
    for (int place = 0; place < 2 * BoxNotation.CORNERS; place++) {
      int at = place;
      Ends ends =
          ends(IntStream.of(samples()).mapToObj(n -> encode.apply(withNumber(n, at))).toList());
      if (ends.before() < from) {
        throw unsupported();
      }
      runs.add(Arrays.copyOfRange(ids, from, ends.before()));
      from = ids.length - ends.after();
    }
    runs.add(Arrays.copyOfRange(ids, from, ids.length));
    return runs;
  }

  /** Two boxes of zeros, with one other number. */
  private String withNumber(int number, int place) {
    int[][] boxes = {ZERO.clone(), ZERO.clone()};
    boxes[place / BoxNotation.CORNERS][place % BoxNotation.CORNERS] = number;
    return notation.text(List.of(boxes));
  }

  private Ends ends(List<int[]> texts) {
    int[] first = texts.get(0);
    int before = first.length;
    int after = first.length;
    for (int[] ids : texts) {
      int differs = Arrays.mismatch(first, ids);
      before = differs < 0 ? before : Math.min(before, differs);
      after = Math.min(after, alikeAtTheEnd(first, ids));
    }
    int shared = before + after;
    if (texts.stream().anyMatch(ids -> ids.length <= shared)) {
      throw unsupported();
    }
    return new Ends(before, after);
  }

  private static int alikeAtTheEnd(int[] one, int[] other) {
    int count = 0;
    while (count < Math.min(one.length, other.length)
        && one[one.length - 1 - count] == other[other.length - 1 - count]) {
      count++;
    }
    return count;
  }

  /** Refuses the tokenizer, by the simplest example. */
  InvalidRequestException unsupported() {
    String text = notation.text(List.of(ZERO));
    return unsupported(text, encode.apply(text));
  }

  static InvalidRequestException unsupported(String text, int[] ids) {
    return new InvalidRequestException(
        "this tokenizer spells boxes in a way that no grammar can hold: "
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
