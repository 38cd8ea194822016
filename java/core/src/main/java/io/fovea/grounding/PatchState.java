package io.fovea.grounding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * State of a {@link PatchGrammar}.
 *
 * @param maxBoxes how many boxes the answer may have
 * @param boxes the complete ones
 * @param stage what comes next
 * @param first cell of the box begun
 * @param certainty of it
 * @param corner of it; null where that is not known
 */
record PatchState(
    PatchGrammar grammar,
    int maxBoxes,
    List<ScoredBox> boxes,
    Stage stage,
    int first,
    Certainty certainty,
    @Nullable Deviation corner)
    implements BoxGrammar.State {

  /** Standard deviations of a cell's column and row, in thousandths of the picture's sides. */
  record Deviation(double x, double y) {
    static Deviation of(int[] cells, double[] probabilities) {
      double cell = 1000.0 / PatchGrammar.SIDE;
      double[] columns = IntStream.of(cells).mapToDouble(c -> c % PatchGrammar.SIDE).toArray();
      double[] rows = IntStream.of(cells).mapToDouble(c -> c / PatchGrammar.SIDE).toArray();
      return new Deviation(
          cell * EdgeSpread.deviation(probabilities, columns),
          cell * EdgeSpread.deviation(probabilities, rows));
    }
  }

  /** What comes next. */
  enum Stage {
    OPEN,
    FIRST,
    SECOND,
    AFTER,
    DONE
  }

  static PatchState start(PatchGrammar grammar, int maxBoxes) {
    return new PatchState(grammar, maxBoxes, List.of(), Stage.OPEN, 0, Certainty.NONE, null);
  }

  @Override
  public BoxGrammar.Step step() {
    if (stage == Stage.DONE) {
      return new BoxGrammar.Done(boxes);
    }
    int[] allowed = allowed();
    if (allowed.length > 1) {
      return new BoxGrammar.Choose(allowed);
    }
    BoxGrammar.Step then = accept(allowed[0], 1).step();
    return then instanceof BoxGrammar.Forced more
        ? new BoxGrammar.Forced(
            IntStream.concat(IntStream.of(allowed), IntStream.of(more.ids())).toArray())
        : new BoxGrammar.Forced(allowed);
  }

  /** Tokens that may come next, ascending. */
  private int[] allowed() {
    IntStream ids =
        switch (stage) {
          case OPEN -> IntStream.of(grammar.open());
          case FIRST -> IntStream.of(grammar.cells());
          case SECOND ->
              IntStream.range(0, grammar.cells().length)
                  .filter(this::isBelowAndRight)
                  .map(cell -> grammar.cells()[cell]);
          case AFTER ->
              boxes.size() < maxBoxes
                  ? IntStream.of(grammar.next(), grammar.close())
                  : IntStream.of(grammar.close());
          case DONE -> IntStream.empty();
        };
    return ids.sorted().toArray();
  }

  /** Whether a cell can be the lower right one: in no column or row before the first's. */
  private boolean isBelowAndRight(int cell) {
    return cell % PatchGrammar.SIDE >= first % PatchGrammar.SIDE
        && cell / PatchGrammar.SIDE >= first / PatchGrammar.SIDE;
  }

  @Override
  public PatchState accept(int id, double probability) {
    int[] allowed = allowed();
    return allowed.length == 1
        ? accept(id, new double[] {probability})
        : accept(id, allowed, probability, null);
  }

  @Override
  public PatchState accept(int id, double[] probabilities) {
    int[] allowed = allowed();
    Certainty.requireOneEach(allowed, probabilities);
    int at = Math.max(0, Arrays.binarySearch(allowed, id)); // where it is none it is refused below
    Deviation of =
        stage == Stage.FIRST || stage == Stage.SECOND
            ? Deviation.of(IntStream.of(allowed).map(this::cell).toArray(), probabilities)
            : null;
    return accept(id, allowed, probabilities[at], of);
  }

  private PatchState accept(int id, int[] allowed, double probability, @Nullable Deviation of) {
    if (Arrays.binarySearch(allowed, id) < 0) {
      throw new IllegalArgumentException("token " + id + " is not allowed here: " + stage);
    }
    Certainty after = certainty.and(probability);
    return switch (stage) {
      case OPEN -> at(Stage.FIRST);
      case FIRST -> new PatchState(grammar, maxBoxes, boxes, Stage.SECOND, cell(id), after, of);
      case SECOND -> withBox(cell(id), after, of);
      case AFTER -> at(id == grammar.close() ? Stage.DONE : Stage.FIRST);
      case DONE -> throw new IllegalStateException("the answer is complete");
    };
  }

  private PatchState at(Stage next) {
    return new PatchState(grammar, maxBoxes, boxes, next, 0, Certainty.NONE, null);
  }

  private PatchState withBox(int second, Certainty all, @Nullable Deviation far) {
    EdgeSpread spread =
        corner == null || far == null
            ? null
            : new EdgeSpread(corner.x(), corner.y(), far.x(), far.y());
    List<ScoredBox> more = new ArrayList<>(boxes);
    more.add(new ScoredBox(KosmosDialect.box(first, second), all.mean(), spread));
    return new PatchState(
        grammar, maxBoxes, List.copyOf(more), Stage.AFTER, 0, Certainty.NONE, null);
  }

  private int cell(int id) {
    return IntStream.range(0, grammar.cells().length)
        .filter(cell -> grammar.cells()[cell] == id)
        .findFirst()
        .orElseThrow();
  }
}
