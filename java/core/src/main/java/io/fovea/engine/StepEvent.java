package io.fovea.engine;

import com.google.auto.value.AutoValue;
import java.time.Duration;

/** A forward step of the language model has run. */
@AutoValue
public abstract class StepEvent {
  StepEvent() {}

  /** Rows that ran: a token each. */
  public abstract int rows();

  /** Of these, rows of prompts; the others were generated. */
  public abstract int promptRows();

  /** Requests that took part. */
  public abstract int requests();

  /** What it took, from choosing the rows to handing on the tokens. */
  public abstract Duration duration();

  /** A step without rows, to be changed. */
  public static Builder builder() {
    return new AutoValue_StepEvent.Builder()
        .rows(0)
        .promptRows(0)
        .requests(0)
        .duration(Duration.ZERO);
  }

  /** Collects a {@link StepEvent}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link StepEvent#rows}. */
    public abstract Builder rows(int value);

    /** {@link StepEvent#promptRows}. */
    public abstract Builder promptRows(int value);

    /** {@link StepEvent#requests}. */
    public abstract Builder requests(int value);

    /** {@link StepEvent#duration}. */
    public abstract Builder duration(Duration value);

    /** The value. */
    public abstract StepEvent build();
  }
}
