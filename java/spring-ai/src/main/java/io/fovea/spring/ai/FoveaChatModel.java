package io.fovea.spring.ai;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.chat.ImageFetcher;
import io.fovea.chat.OpenPictures;
import io.fovea.engine.ImageCache;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.VisionEngine;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.util.CollectionUtils;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * An engine of this process as Spring AI's chat model: texts and pictures ({@code Media}) in,
 * several turns, text out, whole or as a {@code Flux}; with Spring AI's observations.
 *
 * <p>A response's generation has the boxes of the answer under {@link #REGIONS}; the native usage
 * is the engine's {@link io.fovea.engine.Usage}. What the engine has not (tools, system messages,
 * sound, penalties, schemas) is refused by {@link InvalidRequestException}, never left out; but a
 * {@code ChatClient} does not even pass tools on to models that have none. All failures are {@link
 * io.fovea.FoveaException}s, as {@link VisionEngine} says.
 *
 * <p>Safe for any number of threads. Cancelling a subscription ends its request within one step, as
 * does interrupting a thread that waits.
 */
public final class FoveaChatModel implements ChatModel {
  /**
   * The key in a generation's metadata of the answer's boxes, a list of {@link
   * io.fovea.grounding.Region}; of a stream in the last part.
   */
  public static final String REGIONS = "fovea.regions";

  /** The key of what the answer took, in time: {@link io.fovea.engine.Timings}. */
  public static final String TIMINGS = "fovea.timings";

  /** The key of the seed it was drawn with, a long; absent where nothing was drawn. */
  public static final String SEED = "fovea.seed";

  private static final String PROVIDER = "fovea";
  private static final ChatModelObservationConvention CONVENTION =
      new DefaultChatModelObservationConvention();

  private final Settings settings;
  private final String modelName;
  private final Responses responses;

  private FoveaChatModel(Settings settings) {
    this.settings = settings;
    modelName = requireNonNull(settings.defaults().getModel());
    responses = new Responses(modelName);
  }

  /** A model to be. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public ChatResponse call(Prompt given) {
    Prompt prompt = complete(given);
    ChatModelObservationContext context = context(prompt, /* streaming= */ false);
    return requireNonNull(
        observation(context)
            .observe(
                () -> {
                  ChatResponse response = answer(asked(prompt));
                  context.setResponse(response);
                  return response;
                }));
  }

  private ChatResponse answer(Asked asked) {
    try (OpenPictures pictures = asked.openPictures(settings)) {
      return responses.whole(settings.engine().chat(asked.toEngine(pictures)));
    }
  }

  @Override
  public Flux<ChatResponse> stream(Prompt given) {
    return Flux.deferContextual(
        view -> {
          Prompt prompt = complete(given);
          ChatModelObservationContext context = context(prompt, /* streaming= */ true);
          Observation observation = observation(context);
          observation.parentObservation(
              view.<Observation>getOrDefault(ObservationThreadLocalAccessor.KEY, null));
          observation.start();
          Flux<ChatResponse> parts =
              Flux.defer(() -> parts(asked(prompt)))
                  .doOnError(observation::error)
                  .doFinally(signal -> observation.stop())
                  .contextWrite(each -> each.put(ObservationThreadLocalAccessor.KEY, observation));
          return new MessageAggregator().aggregate(parts, context::setResponse);
        });
  }

  /** The pictures are waited for where waiting is allowed, and closed when the stream ends. */
  private Flux<ChatResponse> parts(Asked asked) {
    return Flux.using(
            () -> asked.openPictures(settings),
            pictures ->
                JdkFlowAdapter.flowPublisherToFlux(
                    settings.engine().publish(asked.toEngine(pictures))),
            OpenPictures::close)
        .filter(event -> event instanceof TokenEvent.Done || !event.text().isEmpty())
        .map(responses::part)
        .subscribeOn(Schedulers.boundedElastic());
  }

  private Asked asked(Prompt prompt) {
    FoveaChatOptions options = (FoveaChatOptions) requireNonNull(prompt.getOptions());
    return Asked.of(prompt.getInstructions(), options, modelName);
  }

  /** The prompt with the defaults of what it does not say. */
  private Prompt complete(Prompt given) {
    ChatOptions asked = given.getOptions();
    if (asked instanceof ToolCallingChatOptions tools
        && !CollectionUtils.isEmpty(tools.getToolCallbacks())) {
      throw new InvalidRequestException("the options have tools", "Fovea's models call none");
    }
    if (asked instanceof StructuredOutputChatOptions form && form.getOutputSchema() != null) {
      throw new InvalidRequestException(
          "the options have an output schema", "ask for text, and read the regions");
    }
    FoveaChatOptions.Builder options = settings.defaults().mutate();
    if (asked != null) {
      options.combineWith(asked.mutate());
    }
    return given.mutate().chatOptions(options.build()).build();
  }

  private static ChatModelObservationContext context(Prompt prompt, boolean streaming) {
    return ChatModelObservationContext.builder()
        .prompt(prompt)
        .provider(PROVIDER)
        .streaming(streaming)
        .build();
  }

  private Observation observation(ChatModelObservationContext context) {
    return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
        settings.observationConvention(),
        CONVENTION,
        () -> context,
        settings.observationRegistry());
  }

  @Override
  public ChatOptions getOptions() {
    return settings.defaults();
  }

  /** Collects a {@link FoveaChatModel}; only the engine is required. */
  public static final class Builder {
    private @Nullable VisionEngine engine;
    private @Nullable ImageCache imageCache;
    private @Nullable ImageFetcher imageFetcher;
    private FoveaChatOptions options = FoveaChatOptions.builder().build();
    private ObservationRegistry observationRegistry = ObservationRegistry.NOOP;
    private @Nullable ChatModelObservationConvention observationConvention;

    private Builder() {}

    /** What answers. It stays the caller's, who closes it. */
    public Builder engine(VisionEngine engine) {
      this.engine = requireNonNull(engine, "engine");
      return this;
    }

    /**
     * Where encoded pictures are kept, so that those sent again with each turn of a conversation
     * are encoded once. It stays the caller's, and must be of the same engine. Default: none.
     */
    public Builder imageCache(@Nullable ImageCache cache) {
      imageCache = cache;
      return this;
    }

    /** Gets pictures named by address. Default: none, such pictures are refused. */
    public Builder imageFetcher(@Nullable ImageFetcher fetcher) {
      imageFetcher = fetcher;
      return this;
    }

    /** Options of prompts that do not set them. The model's name is by default its folder's. */
    public Builder options(FoveaChatOptions options) {
      this.options = requireNonNull(options, "options");
      return this;
    }

    /** Told of each call. Default: nobody. */
    public Builder observationRegistry(ObservationRegistry registry) {
      observationRegistry = requireNonNull(registry, "registry");
      return this;
    }

    /** What is told. Default: what Spring AI tells of every chat model. */
    public Builder observationConvention(@Nullable ChatModelObservationConvention convention) {
      observationConvention = convention;
      return this;
    }

    /**
     * The model.
     *
     * @throws InvalidRequestException where no engine was given
     */
    public FoveaChatModel build() {
      if (engine == null) {
        throw new InvalidRequestException("no engine is given", "call engine(...)");
      }
      FoveaChatOptions defaults = options;
      if (defaults.getModel() == null) {
        String folder = String.valueOf(engine.model().directory().getFileName());
        defaults = defaults.mutate().model(folder).build();
      }
      return new FoveaChatModel(
          new Settings(
              engine,
              imageCache,
              imageFetcher,
              defaults,
              observationRegistry,
              observationConvention));
    }
  }
}
