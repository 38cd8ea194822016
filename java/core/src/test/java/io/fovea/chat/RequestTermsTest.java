package io.fovea.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.Priority;
import io.fovea.engine.RequestOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestTermsTest {
  @Test
  void whatIsNotSaidIsAsTheEngineHasIt() {
    RequestTerms none =
        RequestTerms.builder()
            .temperature(null)
            .topP(null)
            .topK(null)
            .seed(null)
            .stop(null)
            .maxNewTokens(null)
            .priority(null)
            .caller(null)
            .deadline(null)
            .build();
    assertThat(none.generation()).isEqualTo(GenerationOptions.builder().build());
    assertThat(none.encoding()).isEqualTo(EncodeOptions.defaults());
    assertThat(none.locating()).isEqualTo(LocateOptions.builder().build());
  }

  @Test
  void whatIsSaidCounts() {
    RequestTerms terms =
        RequestTerms.builder()
            .temperature(0.5)
            .topP(0.25)
            .topK(7)
            .seed(11L)
            .stop(List.of("x"))
            .maxNewTokens(13)
            .priority(Priority.HIGH)
            .caller("me")
            .build();
    GenerationOptions options = terms.generation();
    assertThat(options.sampling().temperature()).isEqualTo(0.5f);
    assertThat(options.sampling().topP()).isEqualTo(0.25f);
    assertThat(options.sampling().topK()).isEqualTo(7);
    assertThat(options.sampling().seed()).isEqualTo(11L);
    assertThat(options.stop()).containsExactly("x");
    assertThat(options.maxNewTokens()).isEqualTo(13);
    for (RequestOptions each : List.of(options, terms.encoding(), terms.locating())) {
      assertThat(each.priority()).isEqualTo(Priority.HIGH);
      assertThat(each.caller()).isEqualTo("me");
      assertThat(each.deadline()).isNull();
    }
  }

  @Test
  void theDeadlineRunsOverAllThatIsDone() throws InterruptedException {
    RequestTerms terms = RequestTerms.builder().deadline(Duration.ofHours(1)).build();
    Duration first = terms.encoding().deadline();
    Thread.sleep(2);
    assertThat(terms.generation().deadline()).isPositive().isLessThan(first);
    RequestTerms over = RequestTerms.builder().deadline(Duration.ofNanos(1)).build();
    Thread.sleep(2);
    assertThat(over.locating().deadline()).isEqualTo(Duration.ofNanos(1)); // never none
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> RequestTerms.builder().temperature(-1.0).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("temperature");
  }
}
