package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The rules of {@code [[x0,y0,x1,y1;...]]} in tokens: what a decoder may generate so that its
 * answer is always a list of well formed boxes. Immutable; one serves any number of requests.
 *
 * <p>A decoder asks {@link State#step} what comes next, and tells the state each token it took:
 *
 * <pre>{@code
 * BoxGrammar.State state = grammar.start(1);
 * while (!(state.step() instanceof BoxGrammar.Done)) {
 *   if (state.step() instanceof BoxGrammar.Forced forced) {
 *     state = state.accept(forced);         // the model need not be asked
 *   } else if (state.step() instanceof BoxGrammar.Choose choose) {
 *     int id = ...;                         // the best of choose.allowedIds() by the logits
 *     state = state.accept(id, BoxConfidence.probability(logits, choose.allowedIds(), id));
 *   }
 * }
 * }</pre>
 */
public final class BoxGrammar {
  /** What a decoder does next. */
  public sealed interface Step permits Forced, Choose, Done {}

  /**
   * These tokens follow in any case.
   *
   * @param ids at least one
   */
  @SuppressWarnings("ArrayRecordComponent") // token ids; steps are not compared
  public record Forced(int[] ids) implements Step {}

  /**
   * The model chooses one of these tokens.
   *
   * @param allowedIds at least two, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record Choose(int[] allowedIds) implements Step {}

  /**
   * The answer is complete.
   *
   * @param boxes at least one
   */
  public record Done(List<ScoredBox> boxes) implements Step {}

  /** A point in the answer; immutable. */
  public sealed interface State permits BoxState {
    Step step();

    /**
     * The state after one more token.
     *
     * @param probability of the token among the allowed ones, in (0, 1]; counts when it is a number
     * @throws IllegalArgumentException when the token is not allowed here
     */
    State accept(int id, double probability);

    /** The state after forced tokens. */
    default State accept(Forced forced) {
      State state = this;
      for (int id : forced.ids()) {
        state = state.accept(id, 1);
      }
      return state;
    }
  }

  private final BoxSpelling spelling;

  /**
   * The grammar in the tokens of one tokenizer.
   *
   * @param encode text to token ids, as at the beginning of an answer, without special tokens
   * @throws InvalidRequestException when the tokenizer spells coordinates neither as three
   *     single-digit tokens nor as one three-digit token
   */
  public BoxGrammar(Function<String, int[]> encode) {
    spelling = BoxSpelling.learn(encode);
  }

  /**
   * The beginning of an answer.
   *
   * @param maxBoxes how many boxes it may have, at least 1; with 1 there is no choice to go on
   */
  public State start(int maxBoxes) {
    if (maxBoxes < 1) {
      throw new InvalidRequestException(
          "maxBoxes is " + maxBoxes, "allow at least one box in the answer");
    }
    int[] close = spelling.close();
    int[] next = spelling.next();
    int shorter = Math.min(close.length, next.length);
    if (maxBoxes > 1 && Arrays.equals(close, 0, shorter, next, 0, shorter)) {
      throw new InvalidRequestException(
          "this tokenizer's \"]]\" and \";\" begin alike: the end of an answer cannot be told",
          "ask for one box at a time, or use unconstrained decoding");
    }
    return BoxState.start(spelling, maxBoxes);
  }
}
