package io.fovea.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.fovea.chat.OpenPictures;
import java.util.List;
import java.util.Set;

/**
 * An engine of this process as LangChain4j's chat model: texts and pictures in, several turns, text
 * out, with the boxes in {@link FoveaChatResponseMetadata#regions}.
 *
 * <p>Where a request's {@code responseFormat} is a JSON schema for a list of boxes, as {@code
 * AiServices} makes from a list of records with {@code label, left, top, right, bottom} in pixels
 * ({@link io.fovea.grounding.BoxSchema} knows more), the picture is grounded: each line of the
 * message is a phrase to locate, and an empty one or {@code Describe ...} gives the boxes of all
 * that the model names. Other schemas are refused, and so are temperature, stop sequences and a
 * prompt form where phrases are located; a bound on tokens is for descriptions, the boxes of a
 * phrase come whole.
 *
 * <p>What the engine has not (tools, system messages, sound, penalties) is refused by {@code
 * UnsupportedFeatureException}, never left out; how closely to look ({@code detailLevel}) is for
 * the model to say. Failures are LangChain4j's exceptions: {@code InvalidRequestException}, {@code
 * RateLimitException} for a full queue, {@code TimeoutException} for a deadline, {@code
 * LangChain4jException} for the rest, each with the engine's own as its cause.
 *
 * <p>Safe for any number of threads. Interrupting the waiting thread ends its request.
 */
public final class FoveaChatModel implements ChatModel {
  private final Settings settings;
  private final Responses responses;

  private FoveaChatModel(Settings settings) {
    this.settings = settings;
    responses = new Responses(settings.modelName());
  }

  /** A model to be. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return Failures.translated(() -> answer(Asked.of(request, settings)));
  }

  private ChatResponse answer(Asked asked) {
    try (OpenPictures pictures = asked.openPictures(settings)) {
      Grounder grounder = asked.grounder();
      return grounder != null
          ? grounder.answer(settings.engine(), pictures.images().get(0), responses)
          : responses.of(settings.engine().chat(asked.toEngine(pictures)));
    }
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public Set<Capability> supportedCapabilities() {
    return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
  }

  /** Collects a {@link FoveaChatModel}. */
  public static final class Builder extends FoveaModelBuilder<Builder> {
    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /**
     * The model.
     *
     * @throws io.fovea.InvalidRequestException where no engine was given
     */
    public FoveaChatModel build() {
      return new FoveaChatModel(settings());
    }
  }
}
