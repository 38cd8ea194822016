package io.fovea.langchain4j;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.fovea.chat.OpenPictures;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * As {@link FoveaChatModel}, token by token. Calls return at once, and whatever goes wrong goes to
 * the handler. Tokens come on the engine's executor, never on its own thread. The handle that comes
 * with each part ends the request within one step; the handler hears nothing more then. A handler
 * that throws ends its request, too, and is told why.
 *
 * <p>Boxes in JSON come as one part when all are known.
 */
public final class FoveaStreamingChatModel implements StreamingChatModel {
  private final Settings settings;
  private final Executor executor;
  private final Responses responses;

  private FoveaStreamingChatModel(Settings settings, Executor executor) {
    this.settings = settings;
    this.executor = executor;
    responses = new Responses(settings.modelName());
  }

  /** A model to be. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    AnswerRelay relay = new AnswerRelay(handler, responses);
    try {
      Asked asked = Asked.of(request, settings);
      executor.execute(() -> begin(asked, relay));
    } catch (RuntimeException e) {
      relay.onError(e);
    }
  }

  /** Waits for pictures, and for boxes in JSON; what is said in words comes by itself then. */
  private void begin(Asked asked, AnswerRelay relay) {
    try (OpenPictures pictures = asked.openPictures(settings)) {
      Grounder grounder = asked.grounder();
      if (grounder == null) {
        settings.engine().publish(asked.toEngine(pictures)).subscribe(relay);
      } else {
        relay.whole(grounder.answer(settings.engine(), pictures.images().get(0), responses));
      }
    } catch (RuntimeException | Error e) {
      relay.onError(e);
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

  /** Collects a {@link FoveaStreamingChatModel}. */
  public static final class Builder extends FoveaModelBuilder<Builder> {
    /** Threads that end when they have nothing to do for a minute; for all models. */
    private static final Executor THREADS =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "fovea-langchain4j");
              thread.setDaemon(true);
              return thread;
            });

    private Executor executor = THREADS;

    private Builder() {}

    /**
     * Where pictures are fetched and waited for. Default: daemon threads, one for each picture at a
     * time.
     */
    public Builder executor(Executor executor) {
      this.executor = requireNonNull(executor, "executor");
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * The model.
     *
     * @throws io.fovea.InvalidRequestException where no engine was given
     */
    public FoveaStreamingChatModel build() {
      return new FoveaStreamingChatModel(settings(), executor);
    }
  }
}
