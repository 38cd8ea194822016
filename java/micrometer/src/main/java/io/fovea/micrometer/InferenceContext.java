package io.fovea.micrometer;

import io.fovea.engine.GenerationOptions;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.RequestKind;
import io.fovea.sampling.SamplingOptions;
import io.micrometer.observation.Observation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a request to an {@link ObservedEngine}: never what is asked or answered. */
public final class InferenceContext extends Observation.Context {
  private final String model;
  private final RequestKind kind;
  private final boolean streamed;
  private final @Nullable Integer maxTokens;
  private final @Nullable SamplingOptions sampling;
  private volatile List<Generation> generations = List.of();

  private InferenceContext(
      String model,
      RequestKind kind,
      boolean streamed,
      @Nullable Integer maxTokens,
      @Nullable SamplingOptions sampling) {
    this.model = model;
    this.kind = kind;
    this.streamed = streamed;
    this.maxTokens = maxTokens;
    this.sampling = sampling;
  }

  /** A picture to be encoded. */
  static InferenceContext encode(String model) {
    return new InferenceContext(model, RequestKind.ENCODE, false, null, null);
  }

  /** Boxes; under the grammar their number bounds the tokens, so there is no limit to tell. */
  static InferenceContext locate(String model, LocateOptions options) {
    Integer maxTokens = options.constrained() ? null : options.maxNewTokens();
    return new InferenceContext(
        model, RequestKind.LOCATE, false, maxTokens, SamplingOptions.greedy());
  }

  /** Any other answer. */
  static InferenceContext generate(
      String model, RequestKind kind, boolean streamed, GenerationOptions options) {
    return new InferenceContext(model, kind, streamed, options.maxNewTokens(), options.sampling());
  }

  /** What the engine is called. */
  public String model() {
    return model;
  }

  /** What was asked for. */
  public RequestKind kind() {
    return kind;
  }

  /** Whether the answer is delivered token by token. */
  public boolean streamed() {
    return streamed;
  }

  /** Most tokens to generate; null where there is no such limit. */
  public @Nullable Integer maxTokens() {
    return maxTokens;
  }

  /** How tokens are chosen; null where none are. */
  public @Nullable SamplingOptions sampling() {
    return sampling;
  }

  /** The answers, as soon as the request has ended; none where it failed. */
  public List<Generation> generations() {
    return generations;
  }

  void generations(List<Generation> answers) {
    generations = List.copyOf(answers);
  }
}
