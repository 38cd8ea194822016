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
 * How a tokenizer spells a {@link BoxNotation}: numbers in tokens of their own, be they digits or
 * more, with fixed runs of tokens around them.
 *
 * @param numbers the tokens of the numbers
 * @param open the tokens before the first number
 * @param between the tokens after x0, y0 and x1
 * @param next the tokens after a box that another box follows
 * @param close the tokens after the last box
 */
@SuppressWarnings("ArrayRecordComponent") // spellings are not compared
record BoxSpelling(
    BoxNotation notation,
    NumberTree numbers,
    int[] open,
    List<int[]> between,
    int[] next,
    int[] close) {

  /**
   * Reads the spelling off examples that differ in one number, and proves it on others: each number
   * at both ends, and boxes with every number in every place.
   *
   * @param encode text to token ids, as at the beginning of an answer, without control tokens
   * @throws InvalidRequestException when the tokenizer spells boxes in any other way
   */
  static BoxSpelling learn(BoxNotation notation, Function<String, int[]> encode) {
    BoxExamples examples = new BoxExamples(notation, encode);
    NumberTree numbers = NumberTree.of(examples.numbers());
    List<int[]> runs = examples.runs();
    BoxSpelling spelling =
        new BoxSpelling(
            notation, numbers, runs.get(0), runs.subList(1, 4), runs.get(4), runs.get(8));
    spelling.requireTellable(examples);
    for (int n : examples.samples()) {
      spelling.prove(List.of(new int[] {n, n, n, n}), encode);
    }
    int count = notation.largest() + 1;
    spelling.prove(
        IntStream.range(0, count)
            .mapToObj(n -> new int[] {n, count - 1 - n, n * 37 % count, n * 73 % count})
            .toList(),
        encode);
    return spelling;
  }

  /** All runs of tokens that are no numbers. */
  private List<int[]> runs() {
    List<int[]> runs = new ArrayList<>(between);
    runs.addAll(List.of(open, next, close));
    return runs;
  }

  /** Every run must be there, and begin with what cannot go on with a number. */
  private void requireTellable(BoxExamples examples) {
    Set<Integer> known = numbers.everyId().boxed().collect(Collectors.toSet());
    if (runs().stream().anyMatch(run -> run.length == 0 || known.contains(run[0]))) {
      throw examples.unsupported();
    }
  }

  private void prove(List<int[]> boxes, Function<String, int[]> encode) {
    String text = notation.text(boxes);
    int[] ids = encode.apply(text);
    if (!Arrays.equals(ids, spell(boxes))) {
      throw BoxExamples.unsupported(text, ids);
    }
  }

  /** The tokens of an answer. */
  private int[] spell(List<int[]> boxes) {
    IntStream.Builder ids = IntStream.builder();
    int[] before = open;
    for (int[] box : boxes) {
      for (int i = 0; i < box.length; i++) {
        IntStream.of(before).forEach(ids::add);
        IntStream.of(numbers.spell(box[i])).forEach(ids::add);
        before = i < between.size() ? between.get(i) : next;
      }
    }
    IntStream.of(close).forEach(ids::add);
    return ids.build().toArray();
  }
}
