package io.fovea.tools.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ProgressListener;
import io.fovea.tools.Additions;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.Synthesizer;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.SafetensorsFile;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.TensorFile;
import io.fovea.tools.synthetic.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters against what the peft library makes of them ({@code lora_goldens.py}). */
class LoraTest {
  private static final Path HOME = Path.of(System.getProperty("fovea.home", "."));
  private static final Path CASES = HOME.resolve("weights-tools/src/test/resources/lora");
  private static final Path TRACES = HOME.resolve("java/core/src/test/resources/goldens/traces");
  private static final String DENSE = "model.layers.1.mlp.language_mlp.down_proj";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  /** Relative error against the largest value; peft computes in f32. */
  @ParameterizedTest
  @ValueSource(strings = {"experts", "encoder", "two", "kosmos2", "dora"})
  void mergesAsPeftDoes(String name) throws IOException {
    JsonNode golden = new ObjectMapper().readTree(CASES.resolve(name + "/case.json").toFile());
    Path model = TRACES.resolve(golden.path("model").asText()).resolve("checkpoint");
    List<Path> adapters = new ArrayList<>();
    golden.path("adapters").forEach(n -> adapters.add(CASES.resolve(name).resolve(n.asText())));
    Path out = folder.resolve("out");
    Conversion done = convert(model, adapters, PlainType.F32, out);
    assertThat(done.leftOut()).isEmpty();
    assertThat(done.notes()).anySatisfy(note -> assertThat(note).contains("weights changed"));
    Map<String, float[]> before = values(model);
    Map<String, float[]> wanted = new HashMap<>();
    try (TensorFile merged = SafetensorsFile.open(CASES.resolve(name + "/merged.safetensors"))) {
      for (SourceTensor tensor : merged.tensors()) {
        wanted.put(tensor.name(), values(tensor));
      }
    }
    Map<String, float[]> after = values(out);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.forEach(
        (tensor, found) -> {
          float[] expected = wanted.remove(tensor);
          if (expected == null) {
            assertThat(found).as(tensor).isEqualTo(before.get(tensor));
            return;
          }
          assertThat(found).as(tensor).hasSameSizeAs(expected);
          float largest = 0;
          for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
          }
          for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as(tensor).isCloseTo(expected[i], offset(1e-6f * largest));
          }
        });
    assertThat(wanted).isEmpty();
  }

  /** bf16 weights: the sum in f64, rounded to f32 and from there to bf16, once. */
  @Test
  void roundsOnce() throws IOException {
    Path model = synthesize(Preset.SMALL_V1);
    AdapterFolder adapter = new AdapterFolder().lora(DENSE, 64, 96);
    Path out = folder.resolve("out");
    convert(model, List.of(adapter.write(folder.resolve("a"))), PlainType.KEEP, out);
    float[] before = Objects.requireNonNull(values(model).get(DENSE + ".weight"));
    float[] after = Objects.requireNonNull(values(out).get(DENSE + ".weight"));
    float[] a = factor(adapter, "A");
    float[] b = factor(adapter, "B");
    for (int i = 0; i < after.length; i++) {
      double product =
          (double) b[i / 96 * 2] * a[i % 96] + (double) b[i / 96 * 2 + 1] * a[96 + i % 96];
      float sum = (float) (before[i] + 1.5 * product);
      int bits = Float.floatToRawIntBits(sum);
      float rounded = Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
      assertThat(after[i]).as("element %d", i).isEqualTo(rounded);
    }
  }

  private static float[] factor(AdapterFolder adapter, String side) {
    String name = "base_model.model." + DENSE + ".lora_" + side + ".weight";
    return Objects.requireNonNull(adapter.tensors.get(name)).values();
  }

  /** Ranges that begin and end inside rows, as blocks of single elements do. */
  @Test
  void anyRangeHasTheValuesOfTheWhole() throws IOException {
    Path model = synthesize(Preset.SMALL_V1);
    Path adapter = new AdapterFolder().lora(DENSE, 64, 96).write(folder.resolve("a"));
    try (SourceCheckpoint base = SourceCheckpoints.open(model);
        LoraAdapter opened = LoraAdapter.open(adapter)) {
      Map<String, SourceTensor> tensors = new HashMap<>();
      base.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
      new LoraMerge(base, Preset.SMALL_V1.model().layout(), tensors).add(opened);
      SourceTensor merged = Objects.requireNonNull(tensors.get(DENSE + ".weight"));
      float[] whole = values(merged);
      for (int[] range : new int[][] {{0, 1}, {95, 2}, {100, 300}, {6143, 1}, {500, 0}}) {
        float[] part = new float[range[1]];
        merged.read(range[0], part, range[1]);
        for (int i = 0; i < part.length; i++) {
          assertThat(part[i]).isEqualTo(whole[range[0] + i]);
        }
      }
    }
  }

  private Path synthesize(Preset preset) {
    Path model = folder.resolve("model");
    Synthesizer.synthesize(
        preset.model(),
        4,
        Formats.plain(PlainType.BF16),
        OutputOptions.to(model),
        ProgressListener.none());
    return model;
  }

  private static Conversion convert(Path model, List<Path> adapters, PlainType type, Path out) {
    return Converter.convert(
        model,
        Additions.lora(adapters),
        Formats.plain(type),
        OutputOptions.to(out),
        ProgressListener.none());
  }

  private static Map<String, float[]> values(Path model) throws IOException {
    assertThat(Files.exists(model.resolve("config.json"))).isTrue();
    Map<String, float[]> values = new HashMap<>();
    try (SourceCheckpoint source = SourceCheckpoints.open(model)) {
      for (SourceTensor tensor : source.tensors()) {
        values.put(tensor.name(), values(tensor));
      }
    }
    return values;
  }

  private static float[] values(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    return values;
  }
}
