package io.fovea.tools.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written by PyTorch itself (src/test/python/torch_fixtures.py). */
class TorchSourceTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/torch");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"zip.pt", "protocol4.pt", "legacy.pt", "shards"})
  void everyDtypeAndLayoutHasPyTorchsValues(String name) throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FILES.resolve("expected.json").toFile());
    assertThat(TorchSource.recognises(FILES.resolve(name))).isTrue();
    try (TorchSource source = TorchSource.open(FILES.resolve(name))) {
      Map<String, SourceTensor> tensors = byName(source);
      assertThat(tensors.keySet()).containsExactlyInAnyOrderElementsOf(names(expected));
      for (SourceTensor tensor : tensors.values()) {
        JsonNode wanted = expected.get(tensor.name());
        assertThat(tensor.shape().toString().replace(" ", ""))
            .isEqualTo(wanted.get("shape").toString());
        assertThat(bits(tensor)).as(tensor.name()).containsExactly(ints(wanted.get("bits")));
      }
    }
  }

  @Test
  void dtypesAndSizes() {
    try (TorchSource source = TorchSource.open(FILES.resolve("zip.pt"))) {
      for (String name : List.of("f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8")) {
        assertThat(tensor(source, name).dtype()).isEqualToIgnoringCase(name);
      }
      assertThat(tensor(source, "bf16").storedBytes()).isEqualTo(120);
      assertThat(tensor(source, "sliced").storedBytes()).isEqualTo(4 * 4 * 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "transposed", "permuted"})
  void anyRangeOfATensor(String name) throws IOException {
    try (TorchSource source = TorchSource.open(FILES.resolve("zip.pt"))) {
      SourceTensor tensor = tensor(source, name);
      float[] all = values(tensor);
      for (int first = 0; first < all.length; first++) {
        for (int count = 0; count <= all.length - first; count++) {
          float[] part = new float[count];
          tensor.read(first, part, count);
          assertThat(part).containsExactly(Arrays.copyOfRange(all, first, first + count));
        }
      }
      assertThatThrownBy(() -> tensor.read(all.length, new float[1], 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void stateDictOfATrainingCheckpoint() throws IOException {
    try (TorchSource source = TorchSource.open(FILES.resolve("training.pt"))) {
      assertThat(byName(source)).containsOnlyKeys("weight", "bias");
      assertThat(values(tensor(source, "weight"))).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(values(tensor(source, "bias"))).containsExactly(0.5f, -0.5f);
    }
  }

  @Test
  void configAndCompanionsOfADirectory() throws IOException {
    try (TorchSource source = TorchSource.open(FILES.resolve("shards"))) {
      assertThat(source.config()).contains("CogVLMForCausalLM");
      assertThat(source.companions()).isEmpty();
      assertThat(source.format()).isEqualTo("PyTorch");
    }
    Path alone = Files.copy(FILES.resolve("zip.pt"), folder.resolve("pytorch_model.bin"));
    Files.writeString(folder.resolve("tokenizer.model"), "pieces");
    for (Path path : List.of(folder, alone)) {
      try (TorchSource source = TorchSource.open(path)) {
        assertThat(source.companions()).containsOnlyKeys("tokenizer.model");
        assertThatThrownBy(source::config)
            .isInstanceOf(ModelLoadException.class)
            .hasMessageContaining("config.json");
      }
    }
  }

  @Test
  void codeInAFileIsRefusedAndNotRun() {
    assertThatThrownBy(() -> TorchSource.open(FILES.resolve("evil.pt")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageMatching(
            "(?s).*evil.pt: evil/data.pkl, byte \\d+: names '(posix|nt|os).system'.*");
  }

  @Test
  void dtypesThatAreNotReadAreRefused() {
    assertThatThrownBy(() -> TorchSource.open(FILES.resolve("float8.pt")))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("float8.pt holds weights quantised by 8-bit floats of PyTorch");
  }

  @Test
  void shardsThatDoNotFitTheirIndex() throws IOException {
    Path index = folder.resolve("pytorch_model.bin.index.json");
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("a.bin"));
    refused(index, "{\"weight_map\": {\"f32\": \"b.bin\"}}", "b.bin");
    refused(index, "{\"weight_map\": {\"f32\": \"../a.bin\"}}", "not a file in its folder");
    refused(index, "{\"weight_map\": {\"f32\": \"a\\u0000.bin\"}}", "not a file in its folder");
    refused(index, "{\"weight_map\": {}}", "missing or empty");
    refused(index, "{", "not valid JSON");
  }

  /** As with safetensors: what an index does not say is not asked, and what it says is followed. */
  @Test
  void theIndexDecides() throws IOException {
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("a.bin"));
    Files.createDirectory(folder.resolve("more"));
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("more/b.bin"));
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"),
        "{\"weight_map\": {\"f32\": \"./a.bin\", \"f64\": \"more/b.bin\", \"gone\": \"a.bin\"}}");
    try (TorchSource source = TorchSource.open(folder)) {
      assertThat(byName(source)).containsOnlyKeys("f32", "f64");
      assertThat(tensor(source, "f64").file()).isEqualTo(folder.resolve("more/b.bin"));
      assertThat(source.missing(folder, "gone"))
          .hasMessageContaining("a.bin: gone: is not in the file that the index names");
      assertThat(source.missing(folder, "never")).hasMessageContaining("never: is missing");
    }
  }

  @Test
  void shardsWithoutAnIndexTrainingFilesAndVariants() throws IOException {
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("pytorch_model.fp16.bin"));
    Files.writeString(folder.resolve("training_args.bin"), "no tensors");
    try (TorchSource source = TorchSource.open(folder)) {
      assertThat(source.notes()).singleElement().asString().contains("the variant 'fp16' is read");
    }
    Files.delete(folder.resolve("pytorch_model.fp16.bin"));
    Files.copy(FILES.resolve("training.pt"), folder.resolve("pytorch_model-00001-of-00002.bin"));
    assertThatThrownBy(() -> TorchSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("pytorch_model-00002-of-00002.bin: shard: is missing");
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("pytorch_model-00002-of-00002.bin"));
    try (TorchSource source = TorchSource.open(folder)) {
      assertThat(byName(source)).containsKeys("weight", "bias", "f32", "u8");
    }
    Files.delete(folder.resolve("pytorch_model-00001-of-00002.bin"));
    Files.copy(FILES.resolve("zip.pt"), folder.resolve("pytorch_model-00001-of-00002.bin"));
    assertThatThrownBy(() -> TorchSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("is also in")
        .hasMessageContaining("pytorch_model.bin.index.json");
  }

  @Test
  void whatCameInPlaceOfTheFileIsNamed() throws IOException {
    Path file = folder.resolve("pytorch_model.bin");
    Files.writeString(
        file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n");
    assertThatThrownBy(() -> TorchSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("pytorch_model.bin: file: is a Git LFS pointer")
        .hasMessageContaining("git lfs pull");
  }

  private void refused(Path index, String json, String message) throws IOException {
    Files.writeString(index, json);
    assertThatThrownBy(() -> TorchSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  private static Map<String, SourceTensor> byName(TorchSource source) {
    return source.tensors().stream()
        .collect(Collectors.toMap(SourceTensor::name, Function.identity()));
  }

  private static SourceTensor tensor(TorchSource source, String name) {
    return Objects.requireNonNull(byName(source).get(name), name);
  }

  private static List<String> names(JsonNode expected) {
    return expected.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static float[] values(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    return values;
  }

  private static int[] bits(SourceTensor tensor) throws IOException {
    float[] values = values(tensor);
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).intValue();
    }
    return values;
  }
}
