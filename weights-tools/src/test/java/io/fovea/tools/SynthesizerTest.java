package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ProgressListener;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.LocateOptions;
import io.fovea.image.ImageInput;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SynthesizerTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private Path write(String name, Preset preset, long seed, Formats formats, int threads) {
    Path out = folder.resolve(name);
    Synthesizer.synthesize(
        preset.model(),
        seed,
        formats,
        new OutputOptions(out, 100_000, false, threads),
        ProgressListener.none());
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "SMALL_V1, KEEP",
    "SMALL_V1, INT8",
    "SMALL_V1, INT4",
    "SMALL_V1, FP8",
    "SMALL_V2, KEEP",
    "SMALL_V2, INT4",
    "SMALL_COGAGENT, KEEP",
    "SMALL_COGAGENT, INT4",
    "SMALL_KOSMOS2, KEEP",
    "SMALL_KOSMOS2, INT8",
    "SMALL_KOSMOS2, INT4",
    "SMALL_KOSMOS2, FP8",
    "SMALL_QWEN_VL, KEEP",
    "SMALL_QWEN_VL, INT8",
    "SMALL_QWEN_VL, INT4",
    "SMALL_SHIKRA, KEEP",
    "SMALL_SHIKRA, INT8",
    "SMALL_SHIKRA, INT4",
    "SMALL_SHIKRA, FP8"
  })
  void theEngineRunsEveryFamilyAndFormat(Preset preset, WeightFormat format) {
    Path model = write("model", preset, 1, Formats.all(format), 2);
    Inspection inspection = Inspector.inspect(model);
    assertThat(inspection.missing()).isEmpty();
    assertThat(inspection.unknown()).isEmpty();
    Path picture = Checkpoints.bundled().resolve("demo/scene.png");
    try (FoveaEngine engine = FoveaEngine.builder().model(model).threads(1).build();
        EncodedImage image = engine.encode(ImageInput.of(picture))) {
      GenerationOptions few = GenerationOptions.builder().maxNewTokens(5).build();
      ChatRequest request = ChatRequest.about(image, "What is it?").options(few).build();
      assertThat(engine.chat(request).usage().completionTokens()).isBetween(1, 5);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SMALL_KOSMOS2", "SMALL_QWEN_VL", "SMALL_SHIKRA"})
  void madeUpModelsHaveTheTokensOfTheirBoxes(Preset preset) {
    Path model = write("model", preset, 2, Formats.plain(PlainType.F32), 2);
    Path picture = Checkpoints.bundled().resolve("demo/scene.png");
    try (FoveaEngine engine = FoveaEngine.builder().model(model).threads(1).build();
        EncodedImage image = engine.encode(ImageInput.of(picture))) {
      assertThat(engine.locate(image, "a boat", LocateOptions.defaults()).regions()).isNotEmpty();
    }
  }

  @Test
  void equalSeedsGiveEqualBytesWhateverTheThreads() throws IOException {
    Formats mixed = new Formats(PlainType.F16, Formats.all(WeightFormat.INT4).weights(), true);
    Map<String, Integer> one = files(write("one", Preset.SMALL_V1, 5, mixed, 1));
    assertThat(files(write("two", Preset.SMALL_V1, 5, mixed, 2))).isEqualTo(one);
    assertThat(files(write("other", Preset.SMALL_V1, 6, mixed, 2))).isNotEqualTo(one);
  }

  private static Map<String, Integer> files(Path directory) throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return found;
  }
}
