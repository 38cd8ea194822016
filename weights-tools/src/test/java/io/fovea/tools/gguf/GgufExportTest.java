package io.fovea.tools.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.ModelWriteException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.text.SentencePieceTokenizer;
import io.fovea.tools.gguf.GgufExport.Pair;
import io.fovea.tools.gguf.GgufExport.Precision;
import io.fovea.tools.source.SafetensorsSource;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs written from the repository's checkpoints, read back. */
class GgufExportTest {
  private static final Path HOME = Path.of(System.getProperty("fovea.home"));
  private static final Path TRACES = HOME.resolve("java/core/src/test/resources/goldens/traces");
  private static final Path SHAPES = HOME.resolve("weights-tools/models/cogvlm-shapes");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  /** A checkpoint with some tensors replaced and a tokenizer beside it. */
  @SuppressWarnings("ArrayRecordComponent") // a file's bytes, never compared
  private record Changed(SourceCheckpoint source, List<SourceTensor> tensors, byte[] tokenizer)
      implements SourceCheckpoint {
    @Override
    public String format() {
      return source.format();
    }

    @Override
    public String config() {
      return source.config();
    }

    @Override
    public Map<String, byte[]> companions() {
      return Map.of("tokenizer.model", tokenizer);
    }

    @Override
    public void close() {
      source.close();
    }
  }

  /** A golden checkpoint; their tokenizer lies a folder above. */
  private static SourceCheckpoint golden(String name) throws IOException {
    SourceCheckpoint source = SafetensorsSource.open(TRACES.resolve(name).resolve("checkpoint"));
    byte[] tokenizer = Files.readAllBytes(TRACES.resolve("tokenizer.model"));
    return new Changed(source, source.tensors(), tokenizer);
  }

  private Pair write(SourceCheckpoint source, Precision precision) {
    return GgufExport.write(source, folder, "model", precision, ProgressListener.none());
  }

  @ParameterizedTest
  @CsvSource({
    "head112, BF16",
    "head112, F32",
    "head64_128, F16",
    "head64_128, F32",
    "wide_bf16, BF16",
    "patch8, F32",
  })
  void valuesAreThoseOfTheSource(String name, Precision precision) throws IOException {
    try (SourceCheckpoint source = golden(name)) {
      Pair pair = write(source, precision);
      assertThat(pair.model()).hasFileName("model-" + precision + ".gguf");
      assertThat(pair.projector()).hasFileName("mmproj-model-" + precision + ".gguf");
      try (GgufSource read = GgufSource.open(folder)) {
        Map<String, SourceTensor> found = byName(read);
        Map<String, SourceTensor> wanted = byName(source);
        assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(wanted.keySet());
        for (SourceTensor tensor : wanted.values()) {
          SourceTensor other = get(found, tensor.name());
          assertThat(other.shape()).as(tensor.name()).isEqualTo(tensor.shape());
          assertThat(Arrays.equals(values(other), values(tensor))).as(tensor.name()).isTrue();
        }
        configIsKept(source, read);
      }
    }
  }

  private static void configIsKept(SourceCheckpoint source, SourceCheckpoint read)
      throws IOException {
    JsonNode wanted = JSON.readTree(source.config());
    JsonNode found = JSON.readTree(read.config());
    found
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("vision_config") && wanted.has(entry.getKey())) {
                assertThat(entry.getValue())
                    .as(entry.getKey())
                    .isEqualTo(wanted.get(entry.getKey()));
              }
            });
    found
        .get("vision_config")
        .properties()
        .forEach(
            entry -> {
              if (wanted.get("vision_config").has(entry.getKey())) {
                assertThat(entry.getValue())
                    .as(entry.getKey())
                    .isEqualTo(wanted.get("vision_config").get(entry.getKey()));
              }
            });
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e-3", "Q8_0, 0.01", "Q4_0, 0.12"})
  void roundedMatricesAreNear(Precision precision, double limit) throws IOException {
    try (SourceCheckpoint source = SafetensorsSource.open(SHAPES)) {
      write(source, precision);
      try (GgufSource read = GgufSource.open(folder)) {
        Map<String, SourceTensor> found = byName(read);
        for (SourceTensor tensor : source.tensors()) {
          double error = relativeError(values(tensor), values(get(found, tensor.name())));
          assertThat(error <= limit).as("%s: %s", tensor.name(), error).isTrue();
        }
        assertThat(get(found, "model.norm.weight").dtype()).isEqualTo("F32");
        assertThat(get(found, "lm_head.weight").dtype())
            .isEqualTo(precision == Precision.Q4_0 ? "Q8_0" : precision.name());
      }
    }
  }

  @Test
  void tokenizerAndPromptFormAreKept() throws IOException {
    SentencePieceTokenizer wanted = SentencePieceTokenizer.load(SHAPES.resolve("tokenizer.model"));
    try (SourceCheckpoint source = SafetensorsSource.open(SHAPES)) {
      write(source, Precision.BF16);
    }
    try (GgufSource read = GgufSource.open(folder)) {
      byte[] content = get(read.companions(), "tokenizer.model");
      SentencePieceTokenizer found = SentencePieceTokenizer.parse(Path.of("made"), content);
      assertThat(found.vocabularySize()).isEqualTo(wanted.vocabularySize());
      for (String text : List.of("Where is the red circle?", "  [[001,002,003,004]] \u00e9 ")) {
        assertThat(found.encode(text)).containsExactly(wanted.encode(text));
      }
      assertThat(JSON.readTree(read.config()).get("template_version").textValue())
          .isEqualTo("base");
    }
  }

  @Test
  void progressEndsAtTheFilesBytes() throws IOException {
    List<Long> told = new ArrayList<>();
    try (SourceCheckpoint source = golden("head112")) {
      Pair pair =
          GgufExport.write(
              source,
              folder,
              "model",
              Precision.F32,
              (task, done, total) -> {
                assertThat(done).isLessThanOrEqualTo(total);
                told.add(done);
              });
      assertThat(told).isSorted().last().isEqualTo(bytes(pair));
    }
  }

  private static long bytes(Pair pair) throws IOException {
    return Files.size(pair.model()) + Files.size(pair.projector());
  }

  @Test
  void whatIsThereIsNotReplaced() throws IOException {
    try (SourceCheckpoint source = golden("head112")) {
      Path model = folder.resolve("model-F32.gguf");
      Path leftOver = Files.writeString(folder.resolve("model-F32.gguf.part"), "interrupted");
      write(source, Precision.F32);
      assertThat(leftOver).doesNotExist();
      byte[] before = Files.readAllBytes(model);
      assertThatThrownBy(() -> write(source, Precision.F32))
          .isInstanceOf(ModelWriteException.class)
          .hasMessageContaining("model-F32.gguf: exists");
      assertThat(model).hasBinaryContent(before);
    }
  }

  @Test
  void aFailureLeavesNoFileThatLoads() throws IOException {
    try (SourceCheckpoint source = golden("head112")) {
      SourceCheckpoint large = changed(source, "model.vision.linear_proj.dense_4h_to_h.weight");
      assertThatThrownBy(() -> write(large, Precision.F16))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("dense_4h_to_h.weight: 1.0E9 is beyond the range of F16");
      assertThat(GgufSource.recognises(folder)).isFalse();
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files).allMatch(file -> file.toString().endsWith(".part"));
      }
    }
  }

  /** {@code source} with values beyond f16 in one tensor. */
  private static SourceCheckpoint changed(SourceCheckpoint source, String name) throws IOException {
    List<SourceTensor> tensors = new ArrayList<>();
    for (SourceTensor tensor : source.tensors()) {
      tensors.add(tensor.name().equals(name) ? new Large(tensor) : tensor);
    }
    return new Changed(source, tensors, get(source.companions(), "tokenizer.model"));
  }

  private record Large(SourceTensor like) implements SourceTensor {
    @Override
    public String name() {
      return like.name();
    }

    @Override
    public List<Long> shape() {
      return like.shape();
    }

    @Override
    public String dtype() {
      return like.dtype();
    }

    @Override
    public long storedBytes() {
      return like.storedBytes();
    }

    @Override
    public Path file() {
      return like.file();
    }

    @Override
    public void read(long first, float[] values, int count) {
      Arrays.fill(values, 0, count, 1e9f);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cogvlm2/keys8_2", "cogagent/cross64"})
  void otherFamiliesAreRefused(String name) throws IOException {
    try (SourceCheckpoint source = golden(name)) {
      assertThatThrownBy(() -> write(source, Precision.F32))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessageContaining("no GGUF convention");
    }
  }

  @Test
  void incompleteSourcesAreRefused() throws IOException {
    try (SourceCheckpoint source = golden("head112")) {
      byte[] tokenizer = get(source.companions(), "tokenizer.model");
      List<SourceTensor> all = source.tensors();
      List<SourceTensor> fewer =
          all.stream().filter(tensor -> !tensor.name().equals("model.vision.eoi")).toList();
      refused(new Changed(source, fewer, tokenizer), "model.vision.eoi: is missing");
      List<SourceTensor> more = new ArrayList<>(all);
      more.add(new MetadataTensor(Path.of("extra.bin"), "model.extra", new float[2]));
      refused(new Changed(source, more, tokenizer), "model.extra: is no tensor of CogVLM v1");
      SourceTensor odd = new MetadataTensor(Path.of("odd.bin"), "model.norm.weight", new float[2]);
      List<SourceTensor> wrong =
          all.stream().map(tensor -> tensor.name().equals(odd.name()) ? odd : tensor).toList();
      refused(new Changed(source, wrong, tokenizer), "model.norm.weight: has shape [2]");
      refused(new Changed(source, all, new byte[0]), "tokenizer.model");
      byte[] unigram =
          Files.readAllBytes(HOME.resolve("java/core/src/test/resources/text/unigram.model"));
      refused(new Changed(source, all, unigram), "trainer_spec.model_type: is unigram");
    }
    try (SourceCheckpoint source =
        SafetensorsSource.open(TRACES.resolve("head112").resolve("checkpoint"))) {
      refused(source, "tokenizer.model: file: is missing");
    }
  }

  private void refused(SourceCheckpoint source, String message) {
    assertThatThrownBy(() -> write(source, Precision.F32))
        .isInstanceOf(FoveaException.class)
        .hasMessageContaining(message);
  }

  private static Map<String, SourceTensor> byName(SourceCheckpoint source) {
    return source.tensors().stream()
        .collect(Collectors.toMap(SourceTensor::name, Function.identity()));
  }

  private static <T> T get(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }

  private static float[] values(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    return values;
  }

  private static double relativeError(float[] wanted, float[] found) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < wanted.length; i++) {
      error += Math.pow((double) wanted[i] - found[i], 2);
      size += Math.pow(wanted[i], 2);
    }
    return Math.sqrt(error / Math.max(size, 1e-30));
  }
}
