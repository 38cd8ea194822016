package io.fovea.engine;

import io.fovea.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * How a request is profiled.
 *
 * @param tokens to decode, whatever they are: end tokens do not end it
 * @param rounds that are measured, after two that are not
 * @param peakGflops most the device computes, 10⁹ operations a second; null measures it
 * @param peakGigabytes most its memory delivers, 10⁹ bytes a second; null measures it
 */
public record ProfileOptions(
    int tokens, int rounds, @Nullable Double peakGflops, @Nullable Double peakGigabytes) {
  private static final int DEFAULT_TOKENS = 16;
  private static final int DEFAULT_ROUNDS = 5;
  private static final int MOST_ROUNDS = 10_000;

  public ProfileOptions {
    if (tokens < 1) {
      throw new InvalidRequestException("tokens is " + tokens, "give 1 or more");
    }
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      throw new InvalidRequestException("rounds is " + rounds, "give 1 to " + MOST_ROUNDS);
    }
    requirePositive(peakGflops, "peakGflops");
    requirePositive(peakGigabytes, "peakGigabytes");
  }

  private static void requirePositive(@Nullable Double value, String name) {
    if (value != null && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException(name + " is " + value, "give a rate above 0");
    }
  }

  /** 16 tokens, 5 rounds, peaks as measured. */
  public static ProfileOptions defaults() {
    return new ProfileOptions(DEFAULT_TOKENS, DEFAULT_ROUNDS, null, null);
  }

  /** The same with so many tokens. */
  public ProfileOptions withTokens(int count) {
    return new ProfileOptions(count, rounds, peakGflops, peakGigabytes);
  }

  /** The same with so many rounds. */
  public ProfileOptions withRounds(int count) {
    return new ProfileOptions(tokens, count, peakGflops, peakGigabytes);
  }

  /** The same with these peaks; null measures one. */
  public ProfileOptions withPeaks(@Nullable Double gflops, @Nullable Double gigabytes) {
    return new ProfileOptions(tokens, rounds, gflops, gigabytes);
  }
}
