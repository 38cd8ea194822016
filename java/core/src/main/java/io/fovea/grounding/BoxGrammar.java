package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.List;

/**
 * The rules of a dialect's boxes in tokens: what a decoder may generate so that its answer is
 * always a list of well formed boxes. Immutable; one serves any number of requests.
 *
 * <p>A decoder asks {@link State#step} what comes next, and tells the state each token it took:
 *
 * <pre>{@code
 * BoxGrammar.State state = grammar.start(1, Frame.of(imageSize));
 * while (!(state.step() instanceof BoxGrammar.Done)) {
 *   if (state.step() instanceof BoxGrammar.Forced forced) {
 *     state = state.accept(forced);         // the model need not be asked
 *   } else if (state.step() instanceof BoxGrammar.Choose choose) {
 *     int id = ...;                         // the best of choose.allowedIds() by the logits
 *     state = state.accept(id, BoxConfidence.probabilities(logits, choose.allowedIds()));
 *   }
 * }
 * }</pre>
 */
public interface BoxGrammar {
  /** What a decoder does next. */
  sealed interface Step permits Forced, Choose, Done {}

  /**
   * These tokens follow in any case.
   *
   * @param ids at least one
   */
  @SuppressWarnings("ArrayRecordComponent") // token ids; steps are not compared
  record Forced(int[] ids) implements Step {}

  /**
   * The model chooses one of these tokens.
   *
   * @param allowedIds at least two, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  record Choose(int[] allowedIds) implements Step {}

  /**
   * The answer is complete.
   *
   * @param boxes at least one
   */
  record Done(List<ScoredBox> boxes) implements Step {}

  /** A point in the answer; immutable. */
  sealed interface State permits TextState, PatchState {
    Step step();

    /**
     * The state after one more token.
     *
     * @param probabilities of the allowed tokens, in their order, each 0 to 1; they count where the
     *     token belongs to a number
     * @throws IllegalArgumentException when the token is not allowed here
     */
    State accept(int id, double[] probabilities);

    /**
     * The same where no more is known: the box will have no {@link ScoredBox#spread}, if this is
     * one of several tokens of a number.
     *
     * @param probability of the token among the allowed ones, 0 to 1
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

  /**
   * The beginning of an answer.
   *
   * @param maxBoxes how many boxes it may have; with 1 there is no choice to go on
   * @param frame what the numbers refer to
   * @throws InvalidRequestException when {@code maxBoxes} is not at least 1, or more than the
   *     grammar can tell; where the frame lacks what the notation needs
   */
  State start(int maxBoxes, Frame frame);

  /** Tokens of the longest answer of at most so many boxes. */
  int longest(int boxes);
}
