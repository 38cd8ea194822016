package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** On what terms any request is served. */
public abstract class RequestOptions {
  RequestOptions() {}

  /** Time from the call until the result must be there, or null, the default, for no limit. */
  public abstract @Nullable Duration deadline();

  /** Who goes first where requests compete. Default {@link Priority#NORMAL}. */
  public abstract Priority priority();

  /**
   * Whose share of the engine the request takes, such as a user's or tenant's name: all requests of
   * a caller together get as much as another caller's. Null, the default: a caller of its own.
   */
  public abstract @Nullable String caller();

  final Terms terms() {
    return new Terms(deadline(), priority(), caller());
  }

  /**
   * Collects what all requests have.
   *
   * @param <B> the builder itself
   */
  public abstract static class Builder<B extends Builder<B>> {
    Builder() {}

    /** {@link RequestOptions#deadline}. */
    public abstract B deadline(@Nullable Duration deadline);

    /** {@link RequestOptions#priority}. */
    public abstract B priority(Priority priority);

    /** {@link RequestOptions#caller}. */
    public abstract B caller(@Nullable String caller);
  }
}
