package io.fovea.engine;

import io.fovea.model.KvSequence;
import io.fovea.model.cogvlm.ImageFeatures;
import io.fovea.model.cogvlm.StepPlan;
import org.jspecify.annotations.Nullable;

/**
 * One sequence on its way through forward steps: first its prompt, in chunks, then what is
 * generated. Engine thread only.
 */
final class SequenceRun implements AutoCloseable {
  private final KvSequence sequence;
  private final Prompt prompt;
  private final @Nullable ImageFeatures features;
  private final boolean generates;
  private int[] pending = new int[0];

  /**
   * @param sequence holds the prompt's first tokens already, perhaps none; room for all that will
   *     come is reserved
   * @param features of the prompt's image, or null
   * @param generates whether logits are wanted where the prompt ends
   */
  SequenceRun(
      KvSequence sequence, Prompt prompt, @Nullable ImageFeatures features, boolean generates) {
    this.sequence = sequence;
    this.prompt = prompt;
    this.features = features;
    this.generates = generates;
  }

  /** Whether prompt rows are left. */
  boolean inPrompt() {
    return sequence.length() < prompt.length();
  }

  /** Rows that could run now. */
  int ready() {
    return inPrompt() ? prompt.length() - sequence.length() : pending.length;
  }

  /** Whether logits are due after {@code rows} more rows. */
  boolean wantsLogits(int rows) {
    return generates && sequence.length() + rows >= prompt.length();
  }

  /** Puts the next {@code rows} rows into a step; generated ones only all at once. */
  void addTo(StepPlan.Builder step, int rows) {
    int logits = wantsLogits(rows) ? 1 : 0;
    if (inPrompt()) {
      step.prompt(sequence, prompt.plan(), prompt.ids(), rows, features, logits);
    } else {
      int afterPrompt = sequence.length() - prompt.length();
      int firstPosition = prompt.plan().position(prompt.length() - 1) + 1 + afterPrompt;
      step.text(sequence, pending, firstPosition, features, logits);
    }
  }

  /** The step with these rows is done. */
  void advance(int rows) {
    if (!inPrompt()) {
      pending = new int[0];
    }
    sequence.advance(rows);
  }

  /** Tokens to run next. */
  void append(int[] ids) {
    pending = ids.clone();
  }

  KvSequence sequence() {
    return sequence;
  }

  /** Gives the sequence's pages back. */
  @Override
  public void close() {
    sequence.close();
  }
}
