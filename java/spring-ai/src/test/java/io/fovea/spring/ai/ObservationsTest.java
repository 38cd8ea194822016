package io.fovea.spring.ai;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.engine.FoveaEngine;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

/** What Spring AI's own convention tells of calls. */
@Timeout(60)
class ObservationsTest {
  private static FoveaEngine engine;
  private final TestObservationRegistry registry = TestObservationRegistry.create();

  @BeforeAll
  static void open() {
    engine = Shapes.engine();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private FoveaChatModel model() {
    return FoveaChatModel.builder().engine(engine).observationRegistry(registry).build();
  }

  private static Prompt prompt() {
    return new Prompt(
        Shapes.asked("What color is the star?", Shapes.picture()),
        ChatOptions.builder().maxTokens(8).build());
  }

  private void assertObserved(String finish) {
    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasNameEqualTo("gen_ai.client.operation")
        .hasContextualNameEqualTo("chat cogvlm-shapes")
        .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
        .hasLowCardinalityKeyValue("gen_ai.request.model", "cogvlm-shapes")
        .hasLowCardinalityKeyValue("gen_ai.response.model", "cogvlm-shapes")
        .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "8")
        .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", finish)
        .hasHighCardinalityKeyValueWithKey("gen_ai.usage.input_tokens")
        .hasHighCardinalityKeyValueWithKey("gen_ai.usage.output_tokens")
        .hasBeenStarted()
        .hasBeenStopped();
  }

  /** An observation of a stream is stopped a moment after the stream's last element. */
  private static void eventually(Runnable assertion) throws InterruptedException {
    for (int looks = 0; looks < 5000; looks++) {
      try {
        assertion.run();
        return;
      } catch (AssertionError e) {
        Thread.sleep(2);
      }
    }
    assertion.run();
  }

  @Test
  void aCallIsObserved() {
    model().call(prompt());
    assertObserved("[\"STOP\"]");
  }

  @Test
  void aStreamIsObserved() throws InterruptedException {
    model().stream(prompt()).blockLast();
    eventually(() -> assertObserved("[\"STOP\"]"));
  }

  @Test
  void soIsAFailure() {
    FoveaChatModel model = model();
    Prompt prompt = new Prompt(new SystemMessage("Be kind."));
    assertThatThrownBy(() -> model.call(prompt)).hasMessageContaining("SYSTEM");
    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasError()
        .hasBeenStopped();
  }
}
