package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;

/** What an engine is doing and has done, as of its last step. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class EngineStats {
  EngineStats() {}

  /** Requests that have begun; those that a step has no room for take turns. */
  public abstract int running();

  /** Requests in the queue. */
  public abstract int waiting();

  /** Requests that ended with a result. */
  public abstract long completed();

  /** Requests cancelled, or ended with their engine. */
  public abstract long cancelled();

  /** Requests whose deadline passed. */
  public abstract long late();

  /** Requests that ended with an error. */
  public abstract long failed();

  /** Requests refused because the queue was full. */
  public abstract long rejected();

  /** Prompt tokens computed; cached ones do not count. */
  public abstract long promptTokens();

  /** Tokens generated, forced ones included. */
  public abstract long completionTokens();

  /** Tokens taken from the cache instead of computed. */
  public abstract long cachedTokens();

  /** Of the tokens computed, those computed before, on pages given up since. */
  public abstract long repeatedTokens();

  /** Forward steps of the language model. */
  public abstract long steps();

  /** How often a request gave its pages up for an older one. */
  public abstract long preemptions();

  /** Pages of 64 tokens that no request holds. */
  public abstract int kvPagesFree();

  /** Of these, pages that keep a prefix for whoever begins with it. */
  public abstract int kvPagesCached();

  /** Pages in all. */
  public abstract int kvPagesTotal();

  /** How often a cached page was given up for its room. */
  public abstract long kvEvictions();

  /** Encoded images not yet closed. */
  public abstract int openImages();

  /** Bytes allocated on the device. */
  public abstract long deviceBytes();

  /** An engine that has done nothing, to be changed. */
  public static Builder builder() {
    return new AutoValue_EngineStats.Builder()
        .running(0)
        .waiting(0)
        .completed(0)
        .cancelled(0)
        .late(0)
        .failed(0)
        .rejected(0)
        .promptTokens(0)
        .completionTokens(0)
        .cachedTokens(0)
        .repeatedTokens(0)
        .steps(0)
        .preemptions(0)
        .kvPagesFree(0)
        .kvPagesCached(0)
        .kvPagesTotal(0)
        .kvEvictions(0)
        .openImages(0)
        .deviceBytes(0);
  }

  /** Collects {@link EngineStats}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link EngineStats#running}. */
    public abstract Builder running(int value);

    /** {@link EngineStats#waiting}. */
    public abstract Builder waiting(int value);

    /** {@link EngineStats#completed}. */
    public abstract Builder completed(long value);

    /** {@link EngineStats#cancelled}. */
    public abstract Builder cancelled(long value);

    /** {@link EngineStats#late}. */
    public abstract Builder late(long value);

    /** {@link EngineStats#failed}. */
    public abstract Builder failed(long value);

    /** {@link EngineStats#rejected}. */
    public abstract Builder rejected(long value);

    /** {@link EngineStats#promptTokens}. */
    public abstract Builder promptTokens(long value);

    /** {@link EngineStats#completionTokens}. */
    public abstract Builder completionTokens(long value);

    /** {@link EngineStats#cachedTokens}. */
    public abstract Builder cachedTokens(long value);

    /** {@link EngineStats#repeatedTokens}. */
    public abstract Builder repeatedTokens(long value);

    /** {@link EngineStats#steps}. */
    public abstract Builder steps(long value);

    /** {@link EngineStats#preemptions}. */
    public abstract Builder preemptions(long value);

    /** {@link EngineStats#kvPagesFree}. */
    public abstract Builder kvPagesFree(int value);

    /** {@link EngineStats#kvPagesCached}. */
    public abstract Builder kvPagesCached(int value);

    /** {@link EngineStats#kvPagesTotal}. */
    public abstract Builder kvPagesTotal(int value);

    /** {@link EngineStats#kvEvictions}. */
    public abstract Builder kvEvictions(long value);

    /** {@link EngineStats#openImages}. */
    public abstract Builder openImages(int value);

    /** {@link EngineStats#deviceBytes}. */
    public abstract Builder deviceBytes(long value);

    /** The value. */
    public abstract EngineStats build();
  }
}
