package io.fovea.engine;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/** How a request is profiled. */
@AutoValue
public abstract class ProfileOptions {
  private static final int DEFAULT_TOKENS = 16;
  private static final int DEFAULT_ROUNDS = 5;
  private static final int MOST_ROUNDS = 10_000;

  ProfileOptions() {}

  /** Tokens to decode, whatever they are: end tokens do not end it. Default 16. */
  public abstract int tokens();

  /** Rounds that are measured, after two that are not. Default 5. */
  public abstract int rounds();

  /** Most the device computes, 10⁹ operations a second; null, the default, measures it. */
  public abstract @Nullable Double peakGflops();

  /** Most its memory delivers, 10⁹ bytes a second; null, the default, measures it. */
  public abstract @Nullable Double peakGigabytes();

  /** 16 tokens, 5 rounds, peaks as measured; to be changed. */
  public static Builder builder() {
    return new AutoValue_ProfileOptions.Builder().tokens(DEFAULT_TOKENS).rounds(DEFAULT_ROUNDS);
  }

  private static void requirePositive(@Nullable Double value, String name) {
    if (value != null && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException(name + " is " + value, "give a rate above 0");
    }
  }

  /** Collects {@link ProfileOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link ProfileOptions#tokens}. */
    public abstract Builder tokens(int count);

    /** {@link ProfileOptions#rounds}. */
    public abstract Builder rounds(int count);

    /** {@link ProfileOptions#peakGflops}. */
    public abstract Builder peakGflops(@Nullable Double rate);

    /** {@link ProfileOptions#peakGigabytes}. */
    public abstract Builder peakGigabytes(@Nullable Double rate);

    abstract ProfileOptions unchecked();

    /**
     * The options.
     *
     * @throws InvalidRequestException naming the one that is out of its range
     */
    public ProfileOptions build() {
      ProfileOptions built = unchecked();
      if (built.tokens() < 1) {
        throw new InvalidRequestException("tokens is " + built.tokens(), "give 1 or more");
      }
      if (built.rounds() < 1 || built.rounds() > MOST_ROUNDS) {
        throw new InvalidRequestException(
            "rounds is " + built.rounds(), "give 1 to " + MOST_ROUNDS);
      }
      requirePositive(built.peakGflops(), "peakGflops");
      requirePositive(built.peakGigabytes(), "peakGigabytes");
      return built;
    }
  }
}
