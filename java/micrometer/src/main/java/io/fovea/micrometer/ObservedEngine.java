package io.fovea.micrometer;

import static java.util.Objects.requireNonNull;

import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.DeviceReport;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineStats;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.ModelInfo;
import io.fovea.engine.RequestKind;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import io.fovea.engine.VisionEngine;
import io.fovea.image.ImageInput;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * An engine whose requests are observed, each under the observation of the thread that calls: what
 * traces and metrics are made of. Names are those of {@link GenAiConvention}. Neither questions nor
 * answers nor pictures are recorded.
 *
 * <p>All else is the engine's own, {@link #close} included. A call for several phrases is one
 * observation; a published answer is one for each subscription.
 */
public final class ObservedEngine implements VisionEngine {
  private final VisionEngine engine;
  private final String model;
  private final ObservationRegistry registry;

  /**
   * @param engine does the work
   * @param model what it is called: {@code gen_ai.request.model}
   * @param registry has the handlers
   */
  public ObservedEngine(VisionEngine engine, String model, ObservationRegistry registry) {
    this.engine = requireNonNull(engine, "engine");
    this.model = requireNonNull(model, "model");
    this.registry = requireNonNull(registry, "registry");
  }

  /** The engine that does the work. */
  public VisionEngine observed() {
    return engine;
  }

  private <T> T now(
      InferenceContext context, Supplier<T> call, Function<T, List<Generation>> answers) {
    Inference inference = Inference.begin(context, registry);
    T result = inference.call(call);
    inference.answered(answers.apply(result));
    return result;
  }

  private <T> CompletableFuture<T> later(
      InferenceContext context,
      Supplier<CompletableFuture<T>> call,
      Function<T, List<Generation>> answers) {
    Inference inference = Inference.begin(context, registry);
    CompletableFuture<T> future = inference.call(call);
    inference.follow(future, result -> inference.answered(answers.apply(result)));
    return future;
  }

  private InferenceContext locating(LocateOptions options) {
    return InferenceContext.locate(model, requireNonNull(options, "options"));
  }

  private InferenceContext generating(RequestKind kind, GenerationOptions options) {
    return InferenceContext.generate(model, kind, false, requireNonNull(options, "options"));
  }

  private InferenceContext streaming(ChatRequest request) {
    GenerationOptions options = requireNonNull(request, "request").options();
    return InferenceContext.generate(model, RequestKind.CHAT, true, options);
  }

  @Override
  public EncodedImage encode(ImageInput input, EncodeOptions options) {
    return now(
        InferenceContext.encode(model), () -> engine.encode(input, options), image -> List.of());
  }

  @Override
  public CompletableFuture<EncodedImage> encodeAsync(ImageInput input, EncodeOptions options) {
    return later(
        InferenceContext.encode(model),
        () -> engine.encodeAsync(input, options),
        image -> List.of());
  }

  @Override
  public List<Grounding> locate(EncodedImage image, List<String> phrases, LocateOptions options) {
    return now(locating(options), () -> engine.locate(image, phrases, options), Generation::of);
  }

  @Override
  public Grounding locate(EncodedImage image, String phrase, LocateOptions options) {
    return now(locating(options), () -> engine.locate(image, phrase, options), Generation::of);
  }

  @Override
  public CompletableFuture<List<Grounding>> locateAsync(
      EncodedImage image, List<String> phrases, LocateOptions options) {
    return later(
        locating(options), () -> engine.locateAsync(image, phrases, options), Generation::of);
  }

  @Override
  public CompletableFuture<Grounding> locateAsync(
      EncodedImage image, String phrase, LocateOptions options) {
    return later(
        locating(options), () -> engine.locateAsync(image, phrase, options), Generation::of);
  }

  @Override
  public Caption caption(EncodedImage image, GenerationOptions options) {
    return now(
        generating(RequestKind.CAPTION, options),
        () -> engine.caption(image, options),
        Generation::of);
  }

  @Override
  public ChatRequest askRequest(
      List<EncodedImage> images, String question, GenerationOptions options) {
    return engine.askRequest(images, question, options);
  }

  @Override
  public ChatRequest captionRequest(EncodedImage image, GenerationOptions options) {
    return engine.captionRequest(image, options);
  }

  @Override
  public CompletableFuture<Caption> captionAsync(EncodedImage image, GenerationOptions options) {
    return later(
        generating(RequestKind.CAPTION, options),
        () -> engine.captionAsync(image, options),
        Generation::of);
  }

  @Override
  public Answer ask(List<EncodedImage> images, String question, GenerationOptions options) {
    return now(
        generating(RequestKind.CHAT, options),
        () -> engine.ask(images, question, options),
        Generation::of);
  }

  @Override
  public CompletableFuture<Answer> askAsync(
      List<EncodedImage> images, String question, GenerationOptions options) {
    return later(
        generating(RequestKind.CHAT, options),
        () -> engine.askAsync(images, question, options),
        Generation::of);
  }

  @Override
  public Answer askTextOnly(String question, GenerationOptions options) {
    return now(
        generating(RequestKind.CHAT, options),
        () -> engine.askTextOnly(question, options),
        Generation::of);
  }

  @Override
  public Answer chat(ChatRequest request) {
    return now(
        generating(RequestKind.CHAT, requireNonNull(request, "request").options()),
        () -> engine.chat(request),
        Generation::of);
  }

  @Override
  public CompletableFuture<Answer> chatAsync(ChatRequest request) {
    return later(
        generating(RequestKind.CHAT, requireNonNull(request, "request").options()),
        () -> engine.chatAsync(request),
        Generation::of);
  }

  @Override
  public TokenStream stream(ChatRequest request) {
    Inference inference = Inference.begin(streaming(request), registry);
    TokenStream stream = inference.call(() -> engine.stream(request));
    inference.follow(stream.answer(), inference::streamed);
    return stream;
  }

  /** A subscription belongs to the observation it is made in, else to the one of this call. */
  @Override
  public Flow.Publisher<TokenEvent> publish(ChatRequest request) {
    Observation around = registry.getCurrentObservation();
    return new ObservedPublisher(
        engine.publish(request),
        () -> {
          InferenceContext context = streaming(request);
          if (around != null && registry.getCurrentObservation() == null) {
            context.setParentObservation(around);
          }
          return Inference.begin(context, registry);
        });
  }

  @Override
  public void warmUp(Duration most) {
    engine.warmUp(most);
  }

  @Override
  public ModelInfo model() {
    return engine.model();
  }

  @Override
  public DeviceReport device() {
    return engine.device();
  }

  @Override
  public EngineStats stats() {
    return engine.stats();
  }

  @Override
  public EngineHealth health() {
    return engine.health();
  }

  @Override
  public boolean shutdown(Duration patience) {
    return engine.shutdown(patience);
  }

  @Override
  public void close() {
    engine.close();
  }
}
