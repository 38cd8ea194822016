package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.CheckpointFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConverterTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  static List<Path> random() {
    return Checkpoints.random();
  }

  private Conversion convert(Path source, String name, Formats formats) {
    return Converter.convert(
        source, formats, OutputOptions.to(folder.resolve(name)), ProgressListener.none());
  }

  private static Map<String, float[]> values(Path directory) throws IOException {
    Map<String, float[]> values = new LinkedHashMap<>();
    try (SourceCheckpoint source = SourceCheckpoints.open(directory)) {
      for (SourceTensor tensor : source.tensors()) {
        float[] all = new float[(int) tensor.elements()];
        tensor.read(0, all, all.length);
        values.put(tensor.name(), all);
      }
    }
    return values;
  }

  private static Map<String, String> dtypes(Path directory) {
    Map<String, String> dtypes = new LinkedHashMap<>();
    CheckpointFiles.list(directory).forEach((name, t) -> dtypes.put(name, t.tensor().dtype()));
    return dtypes;
  }

  /** Plain tensors stay as they are; the one checkpoint that is quantised becomes bf16. */
  @ParameterizedTest
  @MethodSource("random")
  void keepChangesNothingThatIsNotQuantised(Path source) throws IOException {
    Conversion done = convert(source, "kept", Formats.plain(PlainType.KEEP));
    assertThat(done.leftOut()).isEmpty();
    Path kept = folder.resolve("kept");
    Map<String, String> wanted = new LinkedHashMap<>();
    Map<String, float[]> values = values(source);
    try (SourceCheckpoint checkpoint = SourceCheckpoints.open(source)) {
      for (SourceTensor tensor : checkpoint.tensors()) {
        boolean plain = Set.of("F32", "F16", "BF16").contains(tensor.dtype());
        wanted.put(tensor.name(), plain ? tensor.dtype() : "BF16");
        if (!plain) {
          round(Objects.requireNonNull(values.get(tensor.name())));
        }
      }
    }
    assertThat(dtypes(kept)).isEqualTo(wanted);
    Map<String, float[]> found = values(kept);
    values.forEach((name, all) -> assertThat(found.get(name)).as(name).isEqualTo(all));
    ObjectNode config = config(source);
    config.remove("quantization_config");
    assertThat(config(kept)).isEqualTo(config);
  }

  private static ObjectNode config(Path directory) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(directory.resolve("config.json").toFile());
  }

  private static void round(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = BFloat16.round(values[i]);
    }
  }

  @Test
  void bf16ToF32AndBack() throws IOException {
    Path bundled = Checkpoints.bundled();
    convert(bundled, "f32", Formats.plain(PlainType.F32));
    convert(folder.resolve("f32"), "bf16", Formats.plain(PlainType.BF16));
    assertThat(dtypes(folder.resolve("f32")))
        .containsEntry("lm_head.weight", "F32")
        .containsEntry("model.layers.0.self_attn.rotary_emb.inv_freq", "BF16");
    assertThat(Files.readString(folder.resolve("f32/config.json")))
        .contains("\"torch_dtype\" : \"float32\"");
    Map<String, float[]> back = values(folder.resolve("bf16"));
    values(bundled).forEach((name, all) -> assertThat(back.get(name)).as(name).isEqualTo(all));
    assertThat(folder.resolve("bf16/tokenizer.model"))
        .hasSameBinaryContentAs(bundled.resolve("tokenizer.model"));
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "INT4_G128", "FP8"})
  void quantisedWeightsComeBackAsTheBf16OfCodeTimesScale(WeightFormat format) throws IOException {
    Path bundled = Checkpoints.bundled();
    Conversion done = convert(bundled, "small", Formats.all(format));
    convert(folder.resolve("small"), "back", Formats.plain(PlainType.KEEP));
    Map<String, float[]> exact = values(bundled);
    Map<String, float[]> small = values(folder.resolve("small"));
    Map<String, float[]> back = values(folder.resolve("back"));
    assertThat(back.keySet()).isEqualTo(exact.keySet()).isEqualTo(small.keySet());
    small.forEach(
        (name, all) -> {
          round(all);
          assertThat(back.get(name)).as(name).isEqualTo(all);
        });
    assertThat(done.errors().keySet())
        .containsExactlyInAnyOrder(
            Part.ENCODER, Part.ADAPTER, Part.LANGUAGE, Part.VISION, Part.LM_HEAD);
    assertThat(Files.readString(folder.resolve("back/config.json")))
        .doesNotContain("quantization_config");
    // The MLPs' 352 inputs do not divide into groups of 128.
    assertThat(done.unfitting().size()).isEqualTo(format == WeightFormat.INT4_G128 ? 30 : 0);
  }

  @Test
  void eachPartItsFormat() throws IOException {
    Map<Part, WeightFormat> parts =
        Map.of(
            Part.LANGUAGE, WeightFormat.INT4,
            Part.VISION, WeightFormat.INT8,
            Part.LM_HEAD, WeightFormat.FP8);
    Path bundled = Checkpoints.bundled();
    convert(bundled, "mixed", new Formats(PlainType.KEEP, parts, true));
    Path mixed = folder.resolve("mixed");
    ModelLayout layout;
    Map<String, String> found = new LinkedHashMap<>();
    try (SourceCheckpoint source = SourceCheckpoints.open(mixed)) {
      layout = Inspector.layout(mixed, source);
      source.tensors().forEach(tensor -> found.put(tensor.name(), tensor.dtype()));
    }
    JsonNode config =
        new ObjectMapper()
            .readTree(mixed.resolve("config.json").toFile())
            .path("quantization_config");
    assertThat(config.path("format").asText()).isEqualTo("mixed-precision");
    for (TensorSpec spec : layout.tensors()) {
      String wanted =
          spec.kind() != Kind.LINEAR
              ? "BF16"
              : switch (spec.part()) {
                case LANGUAGE -> "INT4-G32";
                case VISION -> "INT8";
                case LM_HEAD -> "FP8";
                default -> "BF16";
              };
      assertThat(found.get(spec.name())).as(spec.name()).isEqualTo(wanted);
      assertThat(claimed(config, spec.name())).as(spec.name()).isEqualTo(wanted);
    }
  }

  /** The format that quantization_config gives a module, read as its patterns are meant. */
  private static String claimed(JsonNode config, String weight) {
    String module = weight.replaceFirst("\\.[^.]*$", "");
    List<String> claims = new ArrayList<>();
    for (JsonNode group : config.path("config_groups")) {
      for (JsonNode target : group.path("targets")) {
        if (matches(target, module)) {
          JsonNode weights = group.path("weights");
          String type = weights.path("type").asText().equals("float") ? "FP" : "INT";
          String suffix = weights.hasNonNull("group_size") ? "-G" + weights.path("group_size") : "";
          claims.add(type + weights.path("num_bits") + suffix);
        }
      }
    }
    for (JsonNode ignored : config.path("ignore")) {
      if (matches(ignored, module)) {
        claims.add("BF16");
      }
    }
    assertThat(claims).hasSizeLessThan(2);
    return claims.isEmpty() || weight.endsWith(".bias") ? "BF16" : claims.get(0);
  }

  private static boolean matches(JsonNode target, String module) {
    assertThat(target.asText()).startsWith("re:");
    return Pattern.compile(target.asText().substring(3)).matcher(module).lookingAt();
  }

  @Test
  void aMissingTensorIsNamed() throws IOException {
    Path bundled = Checkpoints.bundled();
    Files.copy(bundled.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    String config = Files.readString(bundled.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config.replace("\"num_hidden_layers\": 5", "\"num_hidden_layers\": 6"));
    assertThatThrownBy(() -> convert(folder, "out", Formats.plain(PlainType.KEEP)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.layers.5.")
        .hasMessageContaining("is missing");
    Files.writeString(
        folder.resolve("config.json"),
        config.replace("\"hidden_size\": 128", "\"hidden_size\": 64"));
    assertThatThrownBy(() -> convert(folder, "out", Formats.plain(PlainType.KEEP)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("config.json wants");
  }

  @Test
  void theSourceIsNotOverwritten() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(Checkpoints.bundled().resolve(name), copy.resolve(name));
    }
    OutputOptions onto = new OutputOptions(copy, 1 << 20, true, 1);
    assertThatThrownBy(
            () ->
                Converter.convert(
                    copy, Formats.all(WeightFormat.INT8), onto, ProgressListener.none()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("source");
    assertThat(Objects.requireNonNull(copy.toFile().list())).hasSize(2);
  }
}
