package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.image.ImageInput;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The conventions' metrics, against what the engine answered. */
@Timeout(120)
class GenAiMeterHandlerTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  private Timer timer(String name, String... tags) {
    return registry
        .get(name)
        .tags("gen_ai.provider.name", "fovea", "gen_ai.request.model", "shapes")
        .tags(tags)
        .timer();
  }

  private double tokens(String type) {
    DistributionSummary summary =
        registry.get("gen_ai.client.token.usage").tag("gen_ai.token.type", type).summary();
    assertThat(summary.count()).isEqualTo(1);
    return summary.totalAmount();
  }

  @Test
  void answersAndErrorsAreTimed() {
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new GenAiMeterHandler(registry));
    try (FoveaEngine engine = Bundled.engine().build();
        EncodedImage image = engine.encode(ImageInput.of(Bundled.picture()))) {
      ObservedEngine observed = new ObservedEngine(engine, "shapes", observations);
      GenerationOptions brief = GenerationOptions.builder().maxNewTokens(5).build();
      Answer answer = observed.ask(image, "What is there?", brief);
      assertThatThrownBy(() -> observed.ask(image, " ", brief))
          .isInstanceOf(InvalidRequestException.class);

      String duration = "gen_ai.client.operation.duration";
      Timer good = timer(duration, "gen_ai.operation.name", "chat", "error.type", "none");
      assertThat(good.count()).isEqualTo(1);
      assertThat(good.totalTime(TimeUnit.NANOSECONDS))
          .isGreaterThanOrEqualTo(answer.timings().timeToFirstToken().toNanos());
      String error = InvalidRequestException.class.getName();
      assertThat(timer(duration, "error.type", error).count()).isEqualTo(1);

      assertThat(tokens("input")).isEqualTo(answer.usage().promptTokens());
      int output = answer.usage().completionTokens() + answer.usage().forcedTokens();
      assertThat(tokens("output")).isEqualTo(output).isGreaterThan(1);
      Timer first = timer("gen_ai.server.time_to_first_token");
      assertThat(first.count()).isEqualTo(1);
      assertThat(first.totalTime(TimeUnit.NANOSECONDS))
          .isCloseTo(answer.timings().timeToFirstToken().toNanos(), within(1.0));
      assertThat(timer("gen_ai.server.time_per_output_token").totalTime(TimeUnit.NANOSECONDS))
          .isCloseTo(answer.timings().decode().toNanos() / (output - 1.0), within(1.0));
    }
  }
}
