package io.fovea.decoding;

import io.fovea.NativeFaultException;
import io.fovea.sampling.SamplingOptions;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.Objects;

/**
 * Chooses the tokens of one request, by its {@link SamplingOptions}. What it chooses depends on the
 * options and on the logits it is given, never on other requests. V is the vocabulary size.
 *
 * <p>Logits [V] are read from a buffer's position to its limit, by absolute index: the buffer is
 * left as it was. -∞ rules a token out. Every method that reads a logit that is NaN or +∞ throws
 * {@link NativeFaultException}. No memory is allocated per token.
 *
 * <p>One instance serves one request and one thread at a time.
 */
public final class Sampler {
  private final SamplingOptions options;
  private final SamplingScratch scratch;
  private final BitSet observed = new BitSet(); // empty where no penalty asks for it
  private final SplitMix64 random;

  /** A sampler with scratch of its own, for {@code vocabularySize} logits. */
  public Sampler(SamplingOptions options, int vocabularySize) {
    this(options, new SamplingScratch(vocabularySize));
  }

  /**
   * @param options greedy, or with a seed
   * @param scratch may serve other samplers of the same thread, too
   */
  public Sampler(SamplingOptions options, SamplingScratch scratch) {
    this.options = options;
    this.scratch = scratch;
    Long seed = options.seed();
    if (seed == null && !options.isGreedy()) {
      throw new IllegalArgumentException("draws without a seed");
    }
    random = new SplitMix64(seed == null ? 0 : seed);
  }

  /**
   * Tells the repetition penalty of tokens that this sampler did not choose: the whole prompt, as
   * in Transformers, and tokens that a grammar forced.
   *
   * @throws IndexOutOfBoundsException for an id outside [0, V)
   */
  public void observe(int... ids) {
    for (int id : ids) {
      Objects.checkIndex(id, scratch.scores().length);
      if (penalises()) {
        observed.set(id);
      }
    }
  }

  /** The next token, of the whole vocabulary; it counts as observed from now on. */
  public int next(FloatBuffer logits) {
    return choose(logits, scratch.everyId());
  }

  /**
   * The next token among {@code allowed}, as if every other logit were -∞; it counts as observed
   * from now on. Other logits are not read.
   *
   * @param allowed at least one id, none twice, in any order
   * @throws IndexOutOfBoundsException for an id outside [0, V)
   */
  public int nextAllowed(FloatBuffer logits, int[] allowed) {
    if (allowed.length == 0) {
      throw new IllegalArgumentException("no token is allowed");
    }
    BitSet seen = scratch.seen();
    for (int id : allowed) {
      if (seen.get(Objects.checkIndex(id, scratch.scores().length))) {
        throw new IllegalArgumentException("token " + id + " is allowed twice");
      }
      seen.set(id);
    }
    return choose(logits, allowed);
  }

  /** The options; what a device that chooses itself must be told besides the rest below. */
  public SamplingOptions options() {
    return options;
  }

  /** Whether the choice depends on the tokens observed. */
  public boolean penalises() {
    return options.repetitionPenalty() != 1;
  }

  /** The tokens observed so far, where it {@link #penalises}; a view. */
  public BitSet observed() {
    return observed;
  }

  /**
   * The next draw, a whole number in [0, 2^53); 0 where none is made. For a device that chooses in
   * place of {@link #next}; then {@link #observe} tells what it chose.
   */
  public long takeDraw() {
    return options.isGreedy() ? 0 : random.nextBits();
  }

  /**
   * Natural logarithm of the probability that the softmax of the logits, unchanged, gives a token.
   */
  public static double logProbability(FloatBuffer logits, int id) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.remaining(); i++) {
      largest = Math.max(largest, logit(logits, i));
    }
    requirePossible(largest);
    double sum = 0;
    for (int i = 0; i < logits.remaining(); i++) {
      sum += Math.exp((double) logit(logits, i) - largest);
    }
    return logit(logits, id) - largest - Math.log(sum);
  }

  /**
   * As {@link #logProbability(FloatBuffer, int)}, of the softmax over {@code allowed} only.
   *
   * @param id one of the allowed
   */
  public static double logProbability(FloatBuffer logits, int id, int[] allowed) {
    float largest = Float.NEGATIVE_INFINITY;
    boolean isAllowed = false;
    for (int other : allowed) {
      largest = Math.max(largest, logit(logits, other));
      isAllowed |= other == id;
    }
    if (!isAllowed) {
      throw new IllegalArgumentException("token " + id + " is not allowed");
    }
    requirePossible(largest);
    double sum = 0;
    for (int other : allowed) {
      sum += Math.exp((double) logit(logits, other) - largest);
    }
    return logit(logits, id) - largest - Math.log(sum);
  }

  private int choose(FloatBuffer logits, int[] allowed) {
    float[] scores = scratch.scores();
    if (logits.remaining() != scores.length) {
      throw new IllegalArgumentException(
          logits.remaining() + " logits for a vocabulary of " + scores.length);
    }
    int likeliest = score(logits, allowed, scores);
    int chosen = options.isGreedy() ? likeliest : draw(allowed, scores, likeliest);
    observe(chosen);
    return chosen;
  }

  /** Computes the scores of the allowed tokens; returns the token with the largest. */
  private int score(FloatBuffer logits, int[] allowed, float[] scores) {
    int likeliest = allowed[0];
    float largest = Float.NEGATIVE_INFINITY;
    for (int id : allowed) {
      float score = penalised(logit(logits, id), id);
      scores[id] = score;
      if (score > largest || (score == largest && id < likeliest)) {
        likeliest = id;
        largest = score;
      }
    }
    requirePossible(largest);
    return likeliest;
  }

  private float penalised(float logit, int id) {
    if (!observed.get(id)) {
      return logit;
    }
    float penalty = options.repetitionPenalty();
    return logit < 0 ? logit * penalty : Math.min(Float.MAX_VALUE, logit / penalty);
  }

  private int draw(int[] allowed, float[] scores, int likeliest) {
    Candidates candidates = scratch.candidates();
    candidates.select(scores, allowed, scores[likeliest], options);
    return candidates.at(random.nextDouble());
  }

  private static float logit(FloatBuffer logits, int id) {
    Objects.checkIndex(id, logits.remaining());
    float logit = logits.get(logits.position() + id);
    if (!(logit < Float.POSITIVE_INFINITY)) {
      throw new NativeFaultException("the model computed " + logit + " as logit of token " + id);
    }
    return logit;
  }

  private static void requirePossible(float largest) {
    if (largest == Float.NEGATIVE_INFINITY) {
      throw new NativeFaultException("the model computed -Infinity as logit of every token");
    }
  }
}
