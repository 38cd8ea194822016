package io.fovea.engine;

import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvSequence;
import io.fovea.model.Prompt;
import io.fovea.model.StepPlan;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One sequence on its way through forward steps: its prompt, in chunks, then what is generated. It
 * may give its pages up at any time and take others later: the same rows are computed again, as far
 * as they are not cached. Engine thread only.
 */
final class SequenceRun implements AutoCloseable {
  private final LoadedModel model;
  private final Prompt prompt;
  private final List<ImageFeatures> pictures;
  private final @Nullable CrossContext context;
  private final long @Nullable [] promptKeys;
  private final boolean generates;
  private int[] answer = new int[16];
  private int answerLength;
  private int furthest; // tokens that were ever computed or taken from the cache
  private @Nullable KvSequence sequence; // null: it holds no pages

  /**
   * @param pictures of the prompt, in the order of their numbers
   * @param source what the encoder made of the prompt's source; null where it has none
   * @param promptKeys what the prompt's tokens are known by in the cache; null: nothing is shared
   * @param generates whether logits are wanted where the prompt ends
   */
  SequenceRun(
      LoadedModel model,
      Prompt prompt,
      List<ImageFeatures> pictures,
      @Nullable CrossContext source,
      long @Nullable [] promptKeys,
      boolean generates) {
    this.model = model;
    this.prompt = prompt;
    this.pictures = pictures;
    context = source != null || pictures.isEmpty() ? source : pictures.get(0).context();
    this.promptKeys = promptKeys;
    this.generates = generates;
  }

  /** Whether it holds pages, even none yet of those it will need. */
  boolean isResident() {
    return sequence != null;
  }

  /**
   * Takes what is cached of its tokens, all but the last, which must run for its logits.
   *
   * @return tokens found
   */
  int enter() {
    sequence =
        promptKeys == null
            ? new KvSequence(model.cache())
            : KvSequence.beginning(model.cache(), model.ops(), keys(0, length() - 1));
    return sequence.length();
  }

  /** Gives its pages back; what was computed may stay cached for a while. */
  void leave() {
    if (sequence != null) {
      sequence.close();
      sequence = null;
    }
  }

  /** Tokens known so far. */
  int length() {
    return prompt.length() + answerLength;
  }

  /** Tokens whose keys and values are there. */
  private int computed() {
    return sequence == null ? 0 : sequence.length();
  }

  /** Whether prompt rows are left. */
  boolean inPrompt() {
    return computed() < prompt.length();
  }

  /** Rows that could run now. */
  int ready() {
    return length() - computed();
  }

  /** Of the {@code rows} next ones, those that ran before, on pages given up since. */
  int repeated(int rows) {
    return Math.max(0, Math.min(rows, furthest - computed()));
  }

  /** Whether logits are due after {@code rows} more rows. */
  boolean wantsLogits(int rows) {
    return generates && rows == ready();
  }

  /** Pages that {@code rows} more rows need besides those it holds. */
  int missingPages(int rows) {
    return sequence().missingPages(rows);
  }

  /** Takes the pages of {@code rows} more rows. */
  void reserve(int rows) {
    sequence().reserve(rows);
  }

  /** Most rows of one kind that can run next: prompt and answer do not mix in a chunk. */
  int nextChunk() {
    return inPrompt() ? prompt.length() - computed() : ready();
  }

  /** Puts the next {@code rows} rows, at most {@link #nextChunk}, into a step. */
  void addTo(StepPlan.Builder step, int rows) {
    addTo(step, rows, wantsLogits(rows) ? 1 : 0);
  }

  /**
   * The same.
   *
   * @param logits for how many of the last of them logits are wanted
   */
  void addTo(StepPlan.Builder step, int rows, int logits) {
    if (inPrompt()) {
      step.prompt(sequence(), prompt, rows, pictures, context, logits);
    } else {
      int from = computed() - prompt.length();
      int[] ids = Arrays.copyOfRange(answer, from, from + rows);
      step.text(sequence(), ids, prompt.plan().next() + from, context, logits);
    }
  }

  /** The step with these rows is done. */
  void advance(int rows) {
    if (promptKeys == null) {
      sequence().advance(rows);
    } else {
      sequence().advance(keys(computed(), computed() + rows));
    }
    furthest = Math.max(furthest, computed());
  }

  /** What the tokens from {@code from} to {@code to} are known by. */
  private long[] keys(int from, int to) {
    long[] prompted = Objects.requireNonNull(promptKeys);
    long[] keys = new long[to - from];
    for (int i = 0; i < keys.length; i++) {
      int at = from + i;
      keys[i] = at < prompted.length ? prompted[at] : prompt.wordKey(answer[at - prompted.length]);
    }
    return keys;
  }

  /** Tokens to run next. */
  void append(int[] ids) {
    if (answerLength + ids.length > answer.length) {
      answer = Arrays.copyOf(answer, Math.max(2 * answer.length, answerLength + ids.length));
    }
    System.arraycopy(ids, 0, answer, answerLength, ids.length);
    answerLength += ids.length;
  }

  private KvSequence sequence() {
    return Objects.requireNonNull(sequence, "the run holds no pages");
  }

  /** Gives its pages back. */
  @Override
  public void close() {
    leave();
  }
}
