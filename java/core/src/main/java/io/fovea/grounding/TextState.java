package io.fovea.grounding;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * State of a {@link TextGrammar}: inside a fixed run of tokens, or inside a number.
 *
 * @param boxes the complete ones
 * @param runs token runs of which one is being spelled, agreeing so far; none inside a number
 * @param spelled how many tokens of the run are done
 * @param number what is spelled of a number; null inside a run
 * @param doubt what else the number begun could become; null where that is not known
 * @param corners the complete numbers of the box begun; fewer than a box has
 * @param certainty of what was chosen of its numbers
 * @param done whether the answer is closed
 */
record TextState(
    Answer answer,
    List<ScoredBox> boxes,
    List<int[]> runs,
    int spelled,
    @Nullable NumberTree number,
    @Nullable NumberDoubt doubt,
    List<Corner> corners,
    Certainty certainty,
    boolean done)
    implements BoxGrammar.State {

  /**
   * What is the same from the first token to the last.
   *
   * @param stop the tokens that end an answer which could go on
   * @param maxBoxes how many boxes it may have
   * @param step what a number that is larger by one moves an edge by
   */
  @SuppressWarnings("ArrayRecordComponent") // answers are not compared
  record Answer(
      BoxSpelling spelling, int[] stop, int maxBoxes, Frame frame, BoxNotation.Step step) {}

  /**
   * A complete number.
   *
   * @param deviation of it, in its own steps; NaN where that is not known
   */
  record Corner(int value, double deviation) {}

  static TextState start(BoxSpelling spelling, int[] stop, int maxBoxes, Frame frame) {
    BoxNotation.Step step = spelling.notation().step().apply(frame); // refuses a frame early
    return new TextState(
        new Answer(spelling, stop, maxBoxes, frame, step),
        List.of(),
        List.of(spelling.open()),
        0,
        null,
        null,
        List.of(),
        Certainty.NONE,
        false);
  }

  @Override
  public BoxGrammar.Step step() {
    IntStream.Builder forced = IntStream.builder();
    TextState state = this;
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
    if (number == null) {
      return runs.stream().mapToInt(run -> run[spelled]).distinct().sorted().toArray();
    }
    IntStream ids = number.idsFrom(least());
    if (number.mayEnd() && number.value() >= least()) {
      IntStream ends = following().stream().mapToInt(run -> run[0]).distinct();
      return IntStream.concat(ids, ends).sorted().toArray();
    }
    return ids.toArray();
  }

  /** The least that the number begun may be: the far corner is not before the near one. */
  private int least() {
    return corners.size() < 2 ? 0 : corners.get(corners.size() - 2).value();
  }

  /** What may follow the number begun. */
  private List<int[]> following() {
    if (corners.size() < BoxNotation.CORNERS - 1) {
      return List.of(answer.spelling().between().get(corners.size()));
    }
    return boxes.size() + 1 < answer.maxBoxes()
        ? List.of(answer.stop(), answer.spelling().next())
        : List.of(answer.spelling().close());
  }

  @Override
  public TextState accept(int id, double probability) {
    int[] allowed = allowed();
    return allowed.length == 1
        ? accept(id, allowed, new double[] {probability})
        : accept(id, allowed, probability, null);
  }

  @Override
  public TextState accept(int id, double[] probabilities) {
    return accept(id, allowed(), probabilities);
  }

  private TextState accept(int id, int[] allowed, double[] probabilities) {
    Certainty.requireOneEach(allowed, probabilities);
    int at = Math.max(0, Arrays.binarySearch(allowed, id)); // where it is none it is refused below
    NumberDoubt more =
        number == null || doubt == null ? null : doubt.and(number, allowed, probabilities, id);
    return accept(id, allowed, probabilities[at], more);
  }

  private TextState accept(int id, int[] allowed, double probability, @Nullable NumberDoubt more) {
    if (Arrays.binarySearch(allowed, id) < 0) {
      throw new IllegalArgumentException("token " + id + " is not allowed here");
    }
    if (number == null) {
      return acceptInRun(id);
    }
    Certainty after = number.isChoice() ? certainty.and(probability) : certainty;
    if (!number.has(id)) {
      return endNumber(number.value(), more, after).acceptInRun(id);
    }
    NumberTree next = number.after(id);
    return next.mustEnd()
        ? endNumber(next.value(), more, after)
        : inNumber(next, more, corners, after);
  }

  private TextState acceptInRun(int id) {
    List<int[]> left = runs.stream().filter(run -> run[spelled] == id).toList();
    int[] run = left.get(0);
    if (left.size() > 1 || spelled + 1 < run.length) {
      return inRun(boxes, left, spelled + 1, corners, certainty, false);
    }
    return run == answer.spelling().close() || run == answer.stop()
        ? inRun(boxes, List.of(), 0, corners, certainty, true)
        : inNumber(answer.spelling().numbers(), NumberDoubt.NONE, corners, certainty);
  }

  private TextState endNumber(int value, @Nullable NumberDoubt of, Certainty after) {
    double deviation = of == null ? Double.NaN : of.deviation(value, least());
    List<Corner> more = append(corners, new Corner(value, deviation));
    if (more.size() < BoxNotation.CORNERS) {
      return inRun(boxes, following(), 0, more, after, false);
    }
    int[] all = more.stream().mapToInt(Corner::value).toArray();
    Geometry.Rectangle shape = answer.spelling().notation().place().apply(all, answer.frame());
    ScoredBox found = new ScoredBox(shape, after.mean(), spread(more));
    return inRun(append(boxes, found), following(), 0, List.of(), Certainty.NONE, false);
  }

  private @Nullable EdgeSpread spread(List<Corner> of) {
    if (of.stream().anyMatch(corner -> Double.isNaN(corner.deviation()))) {
      return null;
    }
    BoxNotation.Step step = answer.step();
    return new EdgeSpread(
        of.get(0).deviation() * step.x(),
        of.get(1).deviation() * step.y(),
        of.get(2).deviation() * step.x(),
        of.get(3).deviation() * step.y());
  }

  private TextState inNumber(
      NumberTree node, @Nullable NumberDoubt more, List<Corner> before, Certainty sure) {
    return new TextState(answer, boxes, List.of(), 0, node, more, before, sure, false);
  }

  private TextState inRun(
      List<ScoredBox> found,
      List<int[]> next,
      int at,
      List<Corner> before,
      Certainty sure,
      boolean closed) {
    return new TextState(answer, found, next, at, null, null, before, sure, closed);
  }

  private static <T> List<T> append(List<T> list, T item) {
    return Stream.concat(list.stream(), Stream.of(item)).toList();
  }
}
