package io.fovea.grounding;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * State of a {@link BoxGrammar}: inside a fixed run of tokens, or, when there is none, before a
 * number token.
 *
 * @param maxBoxes how many boxes the answer may have
 * @param boxes the complete ones
 * @param runs token runs of which one is being spelled; they agree in the tokens spelled so far
 * @param spelled how many tokens of the run are done
 * @param numbers values of the number tokens of the box begun; fewer than a box has
 * @param logProbability sum of ln p of {@code numbers}
 * @param done whether the answer is closed
 */
record BoxState(
    BoxSpelling spelling,
    int maxBoxes,
    List<ScoredBox> boxes,
    List<int[]> runs,
    int spelled,
    List<Integer> numbers,
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
            ? IntStream.range(0, spelling.values())
                .filter(this::allows)
                .map(v -> spelling.numbers()[v])
            : runs.stream().mapToInt(run -> run[spelled]).distinct();
    return ids.sorted().toArray();
  }

  /** Whether the box can still be completed with x0 <= x1 and y0 <= y1 after this number token. */
  private boolean allows(int value) {
    int coordinate = numbers.size() / spelling.perCoordinate();
    if (coordinate < 2) {
      return true;
    }
    int largest = 0;
    for (int at = coordinate * spelling.perCoordinate(); at < numbers.size(); at++) {
      largest = largest * spelling.values() + numbers.get(at);
    }
    largest = largest * spelling.values() + value;
    for (int at = numbers.size() + 1; at % spelling.perCoordinate() != 0; at++) {
      largest = largest * spelling.values() + spelling.values() - 1;
    }
    return largest >= coordinate(numbers, coordinate - 2);
  }

  private int coordinate(List<Integer> values, int index) {
    int coordinate = 0;
    for (int at = 0; at < spelling.perCoordinate(); at++) {
      int value = values.get(index * spelling.perCoordinate() + at);
      coordinate = coordinate * spelling.values() + value;
    }
    return coordinate;
  }

  @Override
  public BoxState accept(int id, double probability) {
    if (IntStream.of(allowed()).noneMatch(allowed -> allowed == id)) {
      throw new IllegalArgumentException("token " + id + " is not allowed here: " + this);
    }
    return runs.isEmpty() ? acceptNumber(id, probability) : acceptInRun(id);
  }

  private BoxState acceptInRun(int id) {
    List<int[]> left = runs.stream().filter(run -> run[spelled] == id).toList();
    int[] run = left.get(0);
    if (left.size() > 1 || spelled + 1 < run.length) {
      return new BoxState(
          spelling, maxBoxes, boxes, left, spelled + 1, numbers, logProbability, false);
    }
    boolean closed = run == spelling.close();
    return new BoxState(spelling, maxBoxes, boxes, List.of(), 0, numbers, logProbability, closed);
  }

  private BoxState acceptNumber(int id, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability " + probability);
    }
    double sum = logProbability + Math.log(probability);
    List<Integer> more = append(numbers, spelling.value(id));
    if (more.size() == spelling.perBox()) {
      return afterBox(more, sum);
    }
    boolean coordinateEnds = more.size() % spelling.perCoordinate() == 0;
    List<int[]> comma =
        coordinateEnds
            ? List.of(spelling.commas().get(more.size() / spelling.perCoordinate() - 1))
            : List.of();
    return new BoxState(spelling, maxBoxes, boxes, comma, 0, more, sum, false);
  }

  private BoxState afterBox(List<Integer> all, double sum) {
    Box box =
        new Box(coordinate(all, 0), coordinate(all, 1), coordinate(all, 2), coordinate(all, 3));
    List<ScoredBox> more =
        append(boxes, new ScoredBox(box, BoxConfidence.ofBox(sum, spelling.perBox())));
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
