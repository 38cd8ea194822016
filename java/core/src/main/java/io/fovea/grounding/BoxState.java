package io.fovea.grounding;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * State of a {@link BoxGrammar}: inside a fixed run of tokens, or, when there is none, before a
 * digit.
 *
 * @param maxBoxes how many boxes the answer may have
 * @param boxes the complete ones
 * @param runs token runs of which one is being spelled; they agree in the tokens spelled so far
 * @param spelled how many tokens of the run are done
 * @param digits 0..9 each, of the box begun; fewer than twelve
 * @param logProbability sum of ln p of {@code digits}
 * @param done whether the answer is closed
 */
record BoxState(
    BoxSpelling spelling,
    int maxBoxes,
    List<ScoredBox> boxes,
    List<int[]> runs,
    int spelled,
    List<Integer> digits,
    double logProbability,
    boolean done)
    implements BoxGrammar.State {

  static BoxState start(BoxSpelling spelling, int maxBoxes) {
    List<int[]> open = List.of(spelling.open());
    return new BoxState(spelling, maxBoxes, List.of(), open, 0, List.of(), 0, false);
  }

  @Override
  public BoxGrammar.Step step() {
    IntStream.Builder forced = IntStream.builder();
    BoxState state = this;
    int[] allowed = allowed();
    while (allowed.length == 1) {
      forced.add(allowed[0]);
      state = state.accept(allowed[0], 1);
      allowed = state.allowed();
    }
    int[] ids = forced.build().toArray();
    if (ids.length > 0) {
      return new BoxGrammar.Forced(ids);
    }
    return done ? new BoxGrammar.Done(boxes) : new BoxGrammar.Choose(allowed);
  }

  /** Tokens that may come next, ascending; none at the end. */
  private int[] allowed() {
    if (done) {
      return new int[0];
    }
    IntStream ids =
        runs.isEmpty()
            ? IntStream.rangeClosed(0, 9).filter(this::allows).map(d -> spelling.digits()[d])
            : runs.stream().mapToInt(run -> run[spelled]).distinct();
    return ids.sorted().toArray();
  }

  /** Whether the box can still be completed with x0 <= x1 and y0 <= y1 after this digit. */
  private boolean allows(int digit) {
    int coordinate = digits.size() / BoxSpelling.DIGITS;
    if (coordinate < 2) {
      return true;
    }
    int largest = 0;
    for (int at = coordinate * BoxSpelling.DIGITS; at < digits.size(); at++) {
      largest = largest * 10 + digits.get(at);
    }
    largest = largest * 10 + digit;
    for (int at = digits.size() + 1; at % BoxSpelling.DIGITS != 0; at++) {
      largest = largest * 10 + 9;
    }
    return largest >= coordinate(digits, coordinate - 2);
  }

  private static int coordinate(List<Integer> digits, int index) {
    int at = index * BoxSpelling.DIGITS;
    return digits.get(at) * 100 + digits.get(at + 1) * 10 + digits.get(at + 2);
  }

  @Override
  public BoxState accept(int id, double probability) {
    if (IntStream.of(allowed()).noneMatch(allowed -> allowed == id)) {
      throw new IllegalArgumentException("token " + id + " is not allowed here: " + this);
    }
    return runs.isEmpty() ? acceptDigit(id, probability) : acceptInRun(id);
  }

  private BoxState acceptInRun(int id) {
    List<int[]> left = runs.stream().filter(run -> run[spelled] == id).toList();
    int[] run = left.get(0);
    if (left.size() > 1 || spelled + 1 < run.length) {
      return new BoxState(
          spelling, maxBoxes, boxes, left, spelled + 1, digits, logProbability, false);
    }
    boolean closed = run == spelling.close();
    return new BoxState(spelling, maxBoxes, boxes, List.of(), 0, digits, logProbability, closed);
  }

  private BoxState acceptDigit(int id, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability " + probability);
    }
    double sum = logProbability + Math.log(probability);
    List<Integer> more = append(digits, spelling.digit(id));
    if (more.size() == BoxSpelling.DIGITS_A_BOX) {
      return afterBox(more, sum);
    }
    boolean coordinateEnds = more.size() % BoxSpelling.DIGITS == 0;
    List<int[]> comma =
        coordinateEnds
            ? List.of(spelling.commas().get(more.size() / BoxSpelling.DIGITS - 1))
            : List.of();
    return new BoxState(spelling, maxBoxes, boxes, comma, 0, more, sum, false);
  }

  private BoxState afterBox(List<Integer> all, double sum) {
    Box box =
        new Box(coordinate(all, 0), coordinate(all, 1), coordinate(all, 2), coordinate(all, 3));
    List<ScoredBox> more = append(boxes, new ScoredBox(box, BoxConfidence.ofBox(sum)));
    List<int[]> ends =
        more.size() < maxBoxes
            ? List.of(spelling.close(), spelling.next())
            : List.of(spelling.close());
    return new BoxState(spelling, maxBoxes, more, ends, 0, List.of(), 0, false);
  }

  private static <T> List<T> append(List<T> list, T item) {
    return Stream.concat(list.stream(), Stream.of(item)).toList();
  }
}
