package io.fovea.engine;

import com.google.auto.value.AutoValue;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request has ended, in whatever way. */
@AutoValue
public abstract class RequestEvent {
  RequestEvent() {}

  /** What was asked for. */
  public abstract RequestKind kind();

  /** How it ended. */
  public abstract RequestOutcome outcome();

  /** {@link RequestOptions#priority}. */
  public abstract Priority priority();

  /** {@link RequestOptions#caller}. */
  public abstract @Nullable String caller();

  /** What failed or rejected it; null for all other outcomes. */
  public abstract @Nullable Throwable error();

  /** Why its answer ended; null where it never began, failed, or is no answer. */
  public abstract @Nullable FinishReason finish();

  /**
   * What it took, in tokens; nothing where it never began. Without what {@link
   * LocateOptions#presence} asked beside it.
   */
  public abstract Usage usage();

  /** Where its time went: all of it in {@link Timings#queued} where it never began. */
  public abstract Timings timings();

  /** From the call to the end. */
  public abstract Duration duration();

  /** A request that took nothing, to be changed. */
  public static Builder builder(RequestKind kind, RequestOutcome outcome) {
    return new AutoValue_RequestEvent.Builder()
        .kind(kind)
        .outcome(outcome)
        .priority(Priority.NORMAL)
        .usage(Usage.builder().build())
        .timings(Timings.builder().build())
        .duration(Duration.ZERO);
  }

  /** Collects a {@link RequestEvent}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder kind(RequestKind value);

    abstract Builder outcome(RequestOutcome value);

    /** {@link RequestEvent#priority}. */
    public abstract Builder priority(Priority value);

    /** {@link RequestEvent#caller}. */
    public abstract Builder caller(@Nullable String value);

    /** {@link RequestEvent#error}. */
    public abstract Builder error(@Nullable Throwable value);

    /** {@link RequestEvent#finish}. */
    public abstract Builder finish(@Nullable FinishReason value);

    /** {@link RequestEvent#usage}. */
    public abstract Builder usage(Usage value);

    /** {@link RequestEvent#timings}. */
    public abstract Builder timings(Timings value);

    /** {@link RequestEvent#duration}. */
    public abstract Builder duration(Duration value);

    /** The value. */
    public abstract RequestEvent build();
  }
}
