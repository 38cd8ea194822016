package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantised checkpoints that are damaged or of a kind that is not read: one typed error each. */
class QuantizedLoadTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final GoldenCase GOLDEN = GoldenCase.read("quantised/caption");
  private static final String QKV =
      "model.layers.0.self_attn.language_expert_query_key_value.weight";
  private static final String GATE = "model.layers.1.mlp.vision_mlp.gate_proj.weight";

  private static final String HEAD = "lm_head.weight";

  @TempDir Path folder;

  @BeforeEach
  void copyTheModel() throws IOException {
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(GOLDEN.checkpoint().resolve(name), folder.resolve(name));
    }
  }

  private void assertRefused(String... mentioned) {
    assertThatThrownBy(
            () -> FoveaEngine.builder().model(folder).tokenizer(GOLDEN.tokenizer()).build())
        .isInstanceOfSatisfying(
            ModelLoadException.class, e -> assertThat(e.getMessage()).contains(mentioned));
  }

  @Test
  void soundCopyLoads() {
    try (FoveaEngine engine =
        FoveaEngine.builder().model(folder).tokenizer(GOLDEN.tokenizer()).build()) {
      // 64 x 192 of each int4 projection count as that, not as their words.
      long plain = GOLDEN.reference().get("logits").shape().get(1) * 64; // the embeddings alone
      assertThat(engine.model().parameters()).isGreaterThan(4 * plain);
    }
  }

  @Test
  void missingScale() throws IOException {
    edit(header -> header.set("other", header.remove(QKV + "_scale")));
    assertRefused(QKV + "_scale", "missing");
  }

  @Test
  void scaleThatIsNotFinite() throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong(0);
    ObjectNode header = (ObjectNode) JSON.readTree(file, 8, length);
    int offset = header.path(QKV + "_scale").path("data_offsets").get(0).asInt();
    bytes.putShort(8 + length + offset, (short) 0x7f80); // bf16 infinity
    Files.write(folder.resolve("model.safetensors"), file);
    assertRefused(folder.toString(), "finite", "fovea verify");
  }

  @Test
  void groupsThatDoNotDivideTheInputs() throws IOException {
    edit(header -> ((ObjectNode) header.get(QKV + "_scale")).putArray("shape").add(128).add(3));
    assertRefused(QKV + "_scale", "3 groups", "64 inputs");
  }

  @Test
  void scaleOfTheWrongRank() throws IOException {
    edit(header -> ((ObjectNode) header.get(QKV + "_scale")).putArray("shape").add(384));
    assertRefused(QKV + "_scale", "[384]");
  }

  @Test
  void asymmetricWeights() throws IOException {
    edit(header -> header.set(QKV + "_zero_point", header.remove(QKV + "_shape")));
    assertThatThrownBy(
            () -> FoveaEngine.builder().model(folder).tokenizer(GOLDEN.tokenizer()).build())
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining(QKV + "_zero_point")
        .hasMessageContaining("fovea quantize");
  }

  @Test
  void halvesOfAPairThatDiffer() throws IOException {
    edit(header -> ((ObjectNode) header.get(GATE + "_scale")).put("dtype", "F16"));
    assertRefused(folder.toString(), "quantised alike");
  }

  @Test
  void aMethodThatTheTensorsContradict() throws IOException {
    Path config = folder.resolve("config.json");
    ObjectNode root = (ObjectNode) JSON.readTree(config.toFile());
    root.putObject("quantization_config").put("quant_method", "bitsandbytes");
    JSON.writeValue(config.toFile(), root);
    assertThatThrownBy(
            () -> FoveaEngine.builder().model(folder).tokenizer(GOLDEN.tokenizer()).build())
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("bitsandbytes")
        .hasMessageContaining("compressed-tensors")
        .hasMessageContaining(".weight_");
  }

  /** One scale for a whole weight is that scale for each of its rows, to the bit. */
  @ParameterizedTest
  @ValueSource(strings = {"[]", "[1]", "[1, 1]"})
  void oneScaleForAWeight(String shape) throws IOException {
    byte[] scale = scaleOfAllRows();
    Path rows = trace("rows.safetensors");
    edit(
        header -> {
          ObjectNode entry = (ObjectNode) header.get(HEAD + "_scale");
          int begin = entry.path("data_offsets").get(0).asInt();
          int end = entry.path("data_offsets").get(1).asInt();
          entry.putArray("data_offsets").add(begin).add(begin + scale.length);
          ObjectNode rest = header.putObject("rest").put("dtype", "U8"); // files have no gaps
          rest.putArray("shape").add(end - begin - scale.length);
          rest.putArray("data_offsets").add(begin + scale.length).add(end);
          ArrayNode sizes = entry.putArray("shape");
          shape.chars().filter(c -> c == '1').forEach(c -> sizes.add(1));
        });
    assertThat(trace("one.safetensors")).hasSameBinaryContentAs(rows);
  }

  /** Writes the first row's scale of a weight over those of all rows. */
  private byte[] scaleOfAllRows() throws IOException {
    Path path = folder.resolve("model.safetensors");
    byte[] file = Files.readAllBytes(path);
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    ObjectNode entry = (ObjectNode) JSON.readTree(file, 8, length).path(HEAD + "_scale");
    int begin = 8 + length + entry.path("data_offsets").get(0).asInt();
    int end = 8 + length + entry.path("data_offsets").get(1).asInt();
    int bytes = entry.path("dtype").asText().equals("F32") ? 4 : 2;
    for (int at = begin + bytes; at < end; at++) {
      file[at] = file[at - bytes];
    }
    Files.write(path, file);
    return Arrays.copyOfRange(file, begin, begin + bytes);
  }

  private Path trace(String name) {
    try (FoveaEngine engine =
        FoveaEngine.builder().model(folder).tokenizer(GOLDEN.tokenizer()).threads(1).build()) {
      return engine
          .diagnostics()
          .trace(List.of(), ChatRequest.textOnly("a").build(), 0, folder.resolve(name))
          .file();
    }
  }

  /** Changes the header of the safetensors file; data offsets count from its end. */
  private void edit(Consumer<ObjectNode> change) throws IOException {
    Path path = folder.resolve("model.safetensors");
    byte[] file = Files.readAllBytes(path);
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    ObjectNode header = (ObjectNode) JSON.readTree(file, 8, length);
    change.accept(header);
    byte[] json = JSON.writeValueAsBytes(header);
    byte[] data = Arrays.copyOfRange(file, 8 + length, file.length);
    ByteBuffer edited =
        ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(path, edited.putLong(json.length).put(json).put(data).array());
  }
}
