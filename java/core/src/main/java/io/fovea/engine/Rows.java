package io.fovea.engine;

import io.fovea.decoding.Choice;
import org.jspecify.annotations.Nullable;

/** Work that has rows in shared steps. Engine thread only. */
interface Rows {
  /** Its rows, or null where it has none now. */
  @Nullable SequenceRun run();

  /**
   * Its run took up what was cached of its tokens, for the first time or once more.
   *
   * @param cached tokens found
   */
  void entered(int cached);

  /**
   * Rows of it ran.
   *
   * @param chosen the token that follows its last row, or null where none was wanted
   */
  void proceed(Choice.@Nullable Chosen chosen);

  /** The rows of {@code work}, or null where it has none now. */
  static @Nullable SequenceRun of(Work work) {
    return work instanceof Rows rows ? rows.run() : null;
  }

  /** Such work that chooses tokens. */
  interface Generated extends Rows {
    /** The token to be chosen after rows that want logits. */
    Choice choice();

    /** What there is to tell of its prompt, once {@link #proceed} got the first token. */
    PrefillEvent prefillEvent();
  }
}
