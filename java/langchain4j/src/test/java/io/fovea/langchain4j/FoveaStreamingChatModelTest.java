package io.fovea.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.ImageCache;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FoveaStreamingChatModelTest {
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    engine = Shapes.engine();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @AfterEach
  void nothingLeaks() throws InterruptedException {
    Shapes.assertNoPictureIsOpen(engine);
  }

  /** Collects what it is told. */
  private static class Collector implements StreamingChatResponseHandler {
    final List<String> parts = new CopyOnWriteArrayList<>();
    final CompletableFuture<ChatResponse> end = new CompletableFuture<>();

    @Override
    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
      parts.add(part.text());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      end.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }

    Throwable error() {
      return end.handle((response, error) -> error).orTimeout(30, TimeUnit.SECONDS).join();
    }
  }

  private static FoveaStreamingChatModel model() {
    return FoveaStreamingChatModel.builder().engine(engine).build();
  }

  private static List<dev.langchain4j.data.message.ChatMessage> asked(String question) {
    return List.of(UserMessage.from(Shapes.picture(), TextContent.from(question)));
  }

  @Test
  void streamsWhatTheOtherModelAnswers() throws ExecutionException, InterruptedException {
    Collector collector = new Collector();
    model().chat(asked("Describe the image."), collector);
    ChatResponse response = collector.end.get();
    ChatResponse whole =
        FoveaChatModel.builder().engine(engine).build().chat(asked("Describe the image."));
    assertThat(response.aiMessage()).isEqualTo(whole.aiMessage());
    assertThat(String.join("", collector.parts)).isEqualTo(whole.aiMessage().text());
    assertThat(collector.parts).hasSizeGreaterThan(5).doesNotContain("");
    assertThat(response.tokenUsage()).isEqualTo(whole.tokenUsage());
    assertThat(response.finishReason()).isEqualTo(whole.finishReason());
  }

  @Test
  void theHandleEndsTheRequest() throws InterruptedException {
    long cancelled = engine.stats().cancelled();
    CompletableFuture<Boolean> handle = new CompletableFuture<>();
    Collector collector =
        new Collector() {
          @Override
          public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            super.onPartialResponse(part, context);
            context.streamingHandle().cancel();
            handle.complete(context.streamingHandle().isCancelled());
          }
        };
    model().chat(asked("Describe the image."), collector);
    assertThat(handle.join()).isTrue();
    for (int i = 0; i < 1000 && engine.stats().cancelled() == cancelled; i++) {
      Thread.sleep(10);
    }
    assertThat(engine.stats().cancelled()).isEqualTo(cancelled + 1);
    assertThat(engine.stats().running()).isZero();
    assertThat(collector.parts).hasSize(1);
    assertThat(collector.end).isNotDone();
  }

  @Test
  void aHandlerThatThrowsIsTold() {
    IllegalStateException thrown = new IllegalStateException("the client has gone");
    Collector collector =
        new Collector() {
          @Override
          public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            throw thrown;
          }
        };
    model().chat(asked("Describe the image."), collector);
    assertThat(collector.error()).isSameAs(thrown);
  }

  @Test
  void whatIsWrongGoesToHandlerAndListeners() {
    List<Throwable> heard = new CopyOnWriteArrayList<>();
    FoveaStreamingChatModel model =
        FoveaStreamingChatModel.builder()
            .engine(engine)
            .listeners(
                List.of(
                    new ChatModelListener() {
                      @Override
                      public void onError(ChatModelErrorContext context) {
                        heard.add(context.error());
                      }
                    }))
            .build();
    Collector collector = new Collector();
    ChatRequest request =
        ChatRequest.builder()
            .messages(asked("Where?"))
            .parameters(ChatRequestParameters.builder().presencePenalty(1.0).build())
            .build();
    model.chat(request, collector);
    assertThat(collector.error()).isInstanceOf(UnsupportedFeatureException.class);
    assertThat(heard).containsExactly(collector.error());
  }

  @Test
  void aDeadlineIsATimeout() {
    Collector collector = new Collector();
    FoveaChatRequestParameters late =
        FoveaChatRequestParameters.builder().deadline(Duration.ofNanos(1)).build();
    model()
        .chat(ChatRequest.builder().messages(asked("Where?")).parameters(late).build(), collector);
    assertThat(collector.error()).isInstanceOf(TimeoutException.class);
  }

  @Test
  void soIsOneThatPassesAfterThePictureIsThere() {
    Collector collector = new Collector();
    FoveaChatRequestParameters late =
        FoveaChatRequestParameters.builder().deadline(Duration.ofNanos(1)).build();
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      cache.encode(Shapes.scene()).close();
      FoveaStreamingChatModel.builder()
          .engine(engine)
          .imageCache(cache)
          .defaultRequestParameters(late)
          .build()
          .chat(asked("Where?"), collector);
      assertThat(collector.error()).isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void anExecutorThatTakesNoMoreIsAnError() {
    Collector collector = new Collector();
    FoveaStreamingChatModel.builder()
        .engine(engine)
        .executor(
            task -> {
              throw new RejectedExecutionException("no more");
            })
        .build()
        .chat(asked("Where?"), collector);
    assertThat(collector.error()).isInstanceOf(RejectedExecutionException.class);
  }
}
