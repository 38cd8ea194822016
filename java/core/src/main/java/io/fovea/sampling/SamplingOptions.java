package io.fovea.sampling;

import io.fovea.InvalidRequestException;

/**
 * How the next token is chosen. The steps, their order and their meaning are those of {@code
 * generate} in Hugging Face Transformers; for logits x [V], in f32 until the softmax:
 *
 * <ol>
 *   <li>repetition penalty r (arXiv:1909.05858, section 4.1), for each token already in the
 *       sequence: x / r if x is at least 0, otherwise x · r;
 *   <li>temperature t: x / t;
 *   <li>top-k: keeps x that are at least the k-th largest, so more than k where several are equal;
 *   <li>top-p (arXiv:1904.09751): keeps a token if the probability of all that come before it, from
 *       the likeliest down, is below p; the likeliest stays always. Among equals the lower id comes
 *       first;
 *   <li>a draw from the softmax of what is left.
 * </ol>
 *
 * @param temperature at least 0; 0 is greedy: the largest logit after step 1, the lowest id among
 *     equals
 * @param topK at least 0; 0 keeps every token
 * @param topP 0 to 1; 1 keeps every token
 * @param repetitionPenalty above 0; 1 is none, more discourages repetition
 * @param seed of the draws; equal seeds and logits give equal tokens
 */
public record SamplingOptions(
    float temperature, int topK, float topP, float repetitionPenalty, long seed) {
  private static final SamplingOptions GREEDY = new SamplingOptions(0, 0, 1, 1, 0);

  /**
   * @throws InvalidRequestException naming the option that is out of its range
   */
  public SamplingOptions {
    require(temperature >= 0 && temperature <= Float.MAX_VALUE, "temperature", temperature, "0");
    require(topK >= 0, "topK", topK, "0 (off)");
    require(topP >= 0 && topP <= 1, "topP", topP, "1 (off), never above 1");
    require(
        repetitionPenalty > 0 && repetitionPenalty <= Float.MAX_VALUE,
        "repetitionPenalty",
        repetitionPenalty,
        "1 (off), always above 0");
  }

  /** The likeliest token always; the default. */
  public static SamplingOptions greedy() {
    return GREEDY;
  }

  /** Whether no draw is made. */
  public boolean isGreedy() {
    return temperature == 0;
  }

  public SamplingOptions withTemperature(float value) {
    return new SamplingOptions(value, topK, topP, repetitionPenalty, seed);
  }

  public SamplingOptions withTopK(int value) {
    return new SamplingOptions(temperature, value, topP, repetitionPenalty, seed);
  }

  public SamplingOptions withTopP(float value) {
    return new SamplingOptions(temperature, topK, value, repetitionPenalty, seed);
  }

  public SamplingOptions withRepetitionPenalty(float value) {
    return new SamplingOptions(temperature, topK, topP, value, seed);
  }

  public SamplingOptions withSeed(long value) {
    return new SamplingOptions(temperature, topK, topP, repetitionPenalty, value);
  }

  private static void require(boolean valid, String option, Number value, String usual) {
    if (!valid) {
      throw new InvalidRequestException(
          option + " is " + value, "choose a finite " + option + " from 0 up, such as " + usual);
    }
  }
}
