package io.fovea.engine;

import com.google.auto.value.AutoValue;

/** On what terms a picture is encoded. */
@AutoValue
public abstract class EncodeOptions extends RequestOptions {
  private static final EncodeOptions DEFAULTS = builder().build();

  EncodeOptions() {}

  /** No deadline. */
  public static EncodeOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults, to be changed. */
  public static Builder builder() {
    return new AutoValue_EncodeOptions.Builder().priority(Priority.NORMAL);
  }

  /** These, to be changed. */
  public abstract Builder toBuilder();

  /** Collects {@link EncodeOptions}. */
  @AutoValue.Builder
  public abstract static class Builder extends RequestOptions.Builder<Builder> {
    Builder() {}

    abstract EncodeOptions unchecked();

    /**
     * The options.
     *
     * @throws io.fovea.InvalidRequestException where the deadline is not positive
     */
    public EncodeOptions build() {
      EncodeOptions built = unchecked();
      Deadlines.requirePositive(built.deadline());
      return built;
    }
  }
}
