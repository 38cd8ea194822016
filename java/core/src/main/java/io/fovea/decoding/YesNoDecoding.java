package io.fovea.decoding;

import org.jspecify.annotations.Nullable;

/** One token: yes or no. */
public final class YesNoDecoding implements Decoding {
  /** Beyond it a probability in double is 0 or 1; its logarithm would not be finite. */
  private static final double MOST_ODDS = 700;

  private final Choice choice;
  private final int yes;
  private volatile double logOdds = Double.NaN; // not answered yet

  /**
   * A question to be answered.
   *
   * @param yes the token that goes on to yes
   * @param no the token that goes on to no
   */
  public YesNoDecoding(int yes, int no, Sampler sampler) {
    choice = new Choice(sampler, new int[] {yes, no});
    this.yes = yes;
  }

  /** Logit of yes minus logit of no; NaN before the answer. */
  public double logOdds() {
    return logOdds;
  }

  @Override
  public int[] opening() {
    return new int[0];
  }

  @Override
  public Choice choice() {
    return choice;
  }

  @Override
  public Next next(Choice.Chosen chosen) {
    // ln(p / (1 - p)) of the likelier one; 1 - p without cancellation
    double p = chosen.logProbability();
    double odds = Math.min(MOST_ODDS, p - Math.log(-Math.expm1(Math.min(p, -Double.MIN_VALUE))));
    logOdds = chosen.token() == yes ? odds : -odds;
    return new Next(chosen.token(), p, new int[0], /* end= */ true, /* endToken= */ false);
  }

  @Override
  public @Nullable BoxDecoding boxes() {
    return null;
  }
}
