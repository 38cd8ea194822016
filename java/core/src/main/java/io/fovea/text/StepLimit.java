package io.fovea.text;

import io.fovea.InvalidRequestException;

/**
 * How many steps a part of a tokenizer may take over one text. Usual files need about ten for each
 * character; a file can be made such that the number grows with the square of the text.
 */
final class StepLimit {
  private static final long STEPS_PER_CHARACTER = 200;
  private static final long MIN_STEPS = 100_000; // for short texts

  private final String part;
  private long left;

  /**
   * @param part what takes the steps, as messages call it
   * @param length of the text
   */
  StepLimit(String part, int length) {
    this.part = part;
    left = Math.max(MIN_STEPS, STEPS_PER_CHARACTER * length);
  }

  /**
   * Counts one step.
   *
   * @throws InvalidRequestException if there have been too many
   */
  void step() {
    if (--left < 0) {
      throw new InvalidRequestException(
          "this tokenizer's " + part + " takes too long to split the text",
          "use the tokenizer published with the model");
    }
  }
}
