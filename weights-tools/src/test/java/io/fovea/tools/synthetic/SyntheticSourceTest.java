package io.fovea.tools.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.tools.Checkpoints;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.Preset;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
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
    try (SyntheticSource source = SyntheticSource.of(preset.sizes(), 1)) {
      assertThat(source.layout().sizes()).isEqualTo(preset.sizes());
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
        (preset, wanted) ->
            assertThat(ModelLayout.of(preset.sizes()).publishedBytes()).isEqualTo(wanted));
  }

  @Test
  void sizesThatDoNotFitAreNamed() {
    ModelSizes small = Preset.SMALL_V1.sizes();
    ModelSizes odd =
        new ModelSizes(small.family(), 66, 96, 2, 4, 4, 416, small.vision(), small.cross());
    assertThatThrownBy(() -> SyntheticSource.of(odd, 0))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("hidden_size");
    ModelSizes speechless =
        new ModelSizes(small.family(), 64, 96, 2, 4, 4, 100, small.vision(), small.cross());
    assertThatThrownBy(() -> SyntheticSource.of(speechless, 0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("make it 259 or more");
  }

  @Test
  void projectionsKeepTheirInputsDeviation() throws IOException {
    try (SyntheticSource source = SyntheticSource.of(Preset.SMALL_V1.sizes(), 3)) {
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
