package io.fovea.tools.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.tools.Checkpoints;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SyntheticSourceTest {
  static List<Path> random() {
    return Checkpoints.random();
  }

  /** Rotary frequencies and tables of the PyTorch reference, in whatever dtype it stored them. */
  @ParameterizedTest
  @MethodSource("random")
  void rotaryTablesAreThoseOfTheReference(Path directory) throws IOException {
    try (SourceCheckpoint reference = SourceCheckpoints.open(directory)) {
      Map<String, List<Long>> shapes = new HashMap<>();
      Map<String, SourceTensor> stored = new HashMap<>();
      for (SourceTensor tensor : reference.tensors()) {
        shapes.put(tensor.name(), tensor.shape());
        stored.put(tensor.name(), tensor);
      }
      ModelLayout layout = ModelLayout.of(directory, reference.config(), new StoredShapes(shapes));
      for (TensorSpec spec : layout.tensors()) {
        SourceTensor wanted = stored.get(spec.name());
        if (spec.kind() == Kind.BUFFER && wanted != null) {
          float[] expected = values(wanted);
          float[] found = values(new RotaryTensor(spec, layout.sizes()));
          float tolerance = wanted.dtype().equals("F32") ? 3e-6f : 1f / 256;
          for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as(spec.name()).isCloseTo(expected[i], offset(tolerance));
          }
        }
      }
    }
  }

  private static float[] values(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    return values;
  }

  @Test
  void valuesAreNormalAndDependOnSeedAndIndexOnly() {
    float[] values = new float[1 << 20];
    NormalValues.fill(7, 0, values, values.length);
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    int within = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
      fourths += Math.pow(value, 4);
      within += Math.abs(value) < 1 ? 1 : 0;
    }
    int n = values.length;
    assertThat(sum / n).isCloseTo(0, offset(0.005));
    assertThat(squares / n).isCloseTo(1, offset(0.005));
    assertThat(fourths / n).isCloseTo(3, offset(0.03));
    assertThat((double) within / n).isCloseTo(0.682689, offset(0.002));
    for (int first : new int[] {1, 2, 3, 4, 1000, 65535}) {
      float[] part = new float[37];
      NormalValues.fill(7, first, part, part.length);
      for (int i = 0; i < part.length; i++) {
        assertThat(part[i]).isEqualTo(values[first + i]);
      }
    }
    float[] other = new float[1000];
    NormalValues.fill(8, 0, other, other.length);
    int equal = 0;
    for (int i = 0; i < other.length; i++) {
      equal += other[i] == values[i] ? 1 : 0;
    }
    assertThat(equal).isLessThan(5);
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0", "0.975, 1.959963984540054", "0.001, -3.090232306167813"})
  void quantilesOfTheNormalDistribution(double p, double wanted) {
    assertThat(NormalValues.quantile(p)).isCloseTo(wanted, offset(1e-8));
  }

  @ParameterizedTest
  @EnumSource
  void presetsAreSound(Preset preset) {
    try (SyntheticSource source = SyntheticSource.of(preset.model(), 1)) {
      if (preset.model() instanceof CogVlmSynthesis known) {
        assertThat(source.layout().sizes()).isEqualTo(known.sizes());
      }
      assertThat(source.companions()).isNotEmpty();
    }
  }

  @Test
  void publishedPresetsHaveThePublishedBytes() {
    Map<Preset, Long> bytes =
        Map.of(
            Preset.COGVLM_490, 35_279_374_848L,
            Preset.COGVLM2, 39_006_214_656L,
            Preset.COGAGENT, 36_585_351_552L);
    bytes.forEach(
        (preset, wanted) -> assertThat(preset.model().layout().publishedBytes()).isEqualTo(wanted));
  }

  /** Parameters and ids of kosmos-2-patch14-224. */
  @Test
  void kosmosHasThePublishedSizeAndIds() throws IOException {
    SyntheticModel model = Preset.KOSMOS2.model();
    assertThat(model.layout().elements()).isEqualTo(1_664_485_376L);
    byte[] file = Objects.requireNonNull(model.companions().get("tokenizer.json"));
    JsonNode root = new ObjectMapper().readTree(file);
    assertThat(root.path("model").path("vocab")).hasSize(64_002);
    Map<String, Integer> ids = new HashMap<>();
    root.path("added_tokens")
        .forEach(token -> ids.put(token.path("content").asText(), token.path("id").asInt()));
    assertThat(ids)
        .containsEntry("<s>", 0)
        .containsEntry("<pad>", 1)
        .containsEntry("</s>", 2)
        .containsEntry("<mask>", 64_001)
        .containsEntry("<image>", 64_003)
        .containsEntry("</delimiter_of_multi_objects/>", 64_011)
        .containsEntry("<grounding>", 64_012)
        .containsEntry("<patch_index_0000>", 64_013)
        .containsEntry("<patch_index_1023>", 65_036);
  }

  /** Parameters of Qwen-VL, and ids that its config.json states. */
  @Test
  void qwenHasThePublishedSizeAndIds() throws IOException {
    SyntheticModel model = Preset.QWEN_VL.model();
    assertThat(model.layout().elements()).isEqualTo(9_656_935_168L);
    JsonNode visual = new ObjectMapper().readTree(model.config()).path("visual");
    assertThat(visual.path("image_start_id").asInt()).isEqualTo(151_857);
    assertThat(visual.path("mlp_ratio").asDouble()).isEqualTo(4.9231);
    byte[] ranks = Objects.requireNonNull(model.companions().get("qwen.tiktoken"));
    assertThat(new String(ranks, StandardCharsets.US_ASCII).lines()).hasSize(151_643);
  }

  @Test
  void weightsThatRepeatOthersAreNotMadeUp() {
    try (SyntheticSource source = SyntheticSource.of(Preset.SMALL_KOSMOS2.model(), 1)) {
      assertThat(source.layout().find("text_model.lm_head.weight")).isNotNull();
      assertThat(source.tensors())
          .extracting(SourceTensor::name)
          .doesNotContain("text_model.lm_head.weight");
    }
  }

  @Test
  void sizesThatDoNotFitAreNamed() {
    assertThatThrownBy(() -> source(Preset.SMALL_V1, Size.HIDDEN, 66))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("hidden_size");
    assertThatThrownBy(() -> source(Preset.SMALL_KOSMOS2, Size.HIDDEN, 66))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("embed_dim");
    assertThatThrownBy(() -> source(Preset.SMALL_V1, Size.VOCAB, 100))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("make it 259 or more");
    assertThatThrownBy(() -> source(Preset.SMALL_KOSMOS2, Size.VOCAB, 1228))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("make it 1229 or more");
    assertThatThrownBy(() -> source(Preset.SMALL_SHIKRA, Size.VOCAB, 261))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("make it 262 or more");
    assertThatThrownBy(() -> source(Preset.SMALL_V1, Size.QUERIES, 9))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("--queries was given, which CogVLM");
    assertThatThrownBy(() -> source(Preset.SMALL_V2, Size.LAYERS, 0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("--layers is 0");
  }

  private static SyntheticSource source(Preset preset, Size size, long value) {
    return SyntheticSource.of(preset.model(Map.of(size, value)), 0);
  }

  @Test
  void projectionsKeepTheirInputsDeviation() throws IOException {
    try (SyntheticSource source = SyntheticSource.of(Preset.SMALL_V1.model(), 3)) {
      SourceTensor down =
          source.tensors().stream()
              .filter(t -> t.name().equals("model.layers.1.mlp.language_mlp.down_proj.weight"))
              .findFirst()
              .orElseThrow();
      double squares = 0;
      for (float value : values(down)) {
        squares += (double) value * value;
      }
      assertThat(squares / down.shape().get(0)).isCloseTo(1, offset(0.1));
      assertThat(Objects.requireNonNull(source.companions().get("tokenizer.model"))).isNotEmpty();
    }
  }
}
