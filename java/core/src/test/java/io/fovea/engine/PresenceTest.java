package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.family.PresenceScale;
import io.fovea.image.ImageInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether what shall be located is there at all. */
class PresenceTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());
  private static final LocateOptions REPORT =
      LocateOptions.builder().maxBoxes(1).presence(PresenceCheck.REPORT).build();

  @TempDir private Path folder;

  /** The same question in free text gives the same answer, by the same odds. */
  @Test
  void presenceIsWhatTheModelAnswers() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      EncodedImage image = engine.encode(PICTURE);
      Grounding reported = engine.locate(image, "the cat", REPORT);
      assertThat(reported.presence()).isBetween(0.0, 1.0);
      assertThat(reported.absent()).isFalse(); // nobody measured this model
      assertThat(reported.regions()).hasSize(1);
      LocateOptions skip = REPORT.toBuilder().presence(PresenceCheck.SKIP).build();
      Grounding skipped = engine.locate(image, "the cat", skip);
      assertThat(skipped.presence()).isNull();
      assertThat(skipped.regions()).isEqualTo(reported.regions());
      assertThat(reported.usage().promptTokens()).isGreaterThan(skipped.usage().promptTokens());
      assertThat(engine.stats().completed()).isLessThanOrEqualTo(3); // a question is no request
      image.close();
      assertNothingLeaks(engine);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cogvlm2/keys8_2/caption",
        "cogagent/cross64/gui_task",
        "qwen-vl/head104/caption",
        "qwen-vl/grid16/short"
      })
  void theTokenizersOfOtherFamiliesTellYesFromNo(String name) {
    GoldenCase golden = GoldenCase.read(name);
    LocateOptions free = REPORT.toBuilder().constrained(false).maxNewTokens(1).build();
    try (FoveaEngine engine = golden.engine().build();
        EncodedImage image = engine.encode(Objects.requireNonNull(golden.input()))) {
      assertThat(engine.locate(image, "the cat", free).presence()).isBetween(0.0, 1.0);
    }
  }

  @Test
  void whatIsThoughtAbsentHasNoBoxesUnlessTheyAreWanted() {
    try (FoveaEngine engine = GOLDEN.engine().queueCapacity(1).build();
        EncodedImage image = engine.encode(PICTURE)) {
      LocateOptions never = LocateOptions.builder().maxBoxes(1).leastPresence(1.0).build();
      Grounding refused = engine.locate(image, "the cat", never);
      assertThat(refused.absent()).isTrue();
      assertThat(refused.regions()).isEmpty();
      Grounding told =
          engine.locate(image, "the cat", never.toBuilder().presence(PresenceCheck.REPORT).build());
      assertThat(told.absent()).isTrue();
      assertThat(told.presence()).isEqualTo(refused.presence());
      assertThat(told.regions()).hasSize(1);
      assertThat(engine.locate(image, "the cat", LocateOptions.defaults()).presence()).isNull();
    }
  }

  @Test
  void aThresholdMustBeAProbability() {
    for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> LocateOptions.builder().leastPresence(wrong).build())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("leastPresence is " + wrong);
    }
  }

  @Test
  void aModelsFolderSaysHowItsAnswersAreRead() throws IOException {
    assertThat(PresenceScale.read(folder)).isNull();
    Path file = folder.resolve("presence.json");
    Files.writeString(file, "{\"scale\": 0.5, \"offset\": 1, \"least\": 0.2}");
    PresenceScale scale = Objects.requireNonNull(PresenceScale.read(folder));
    assertThat(scale.least()).isEqualTo(0.2);
    assertThat(scale.presence(2)).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-15));
    assertThat(PresenceScale.RAW.presence(0)).isEqualTo(0.5);
    for (String wrong :
        List.of(
            "{\"scale\": 0, \"offset\": 1, \"least\": 0.2}",
            "{\"scale\": 1, \"offset\": NaN, \"least\": 0.2}",
            "{\"scale\": 1, \"offset\": 1, \"least\": 2}",
            "{\"scale\": \"1\", \"offset\": 1, \"least\": 0.2}",
            "{\"scale\": 1, \"least\": 0.2}",
            "{",
            "[]")) {
      Files.writeString(file, wrong);
      assertThatThrownBy(() -> PresenceScale.read(folder))
          .as(wrong)
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("presence.json");
    }
  }
}
