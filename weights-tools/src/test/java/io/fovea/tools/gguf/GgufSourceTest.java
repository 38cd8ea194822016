package io.fovea.tools.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.text.SentencePieceTokenizer;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pair with the names and keys of llama.cpp's own tables (gguf_fixtures.py). */
class GgufSourceTest {
  private static final Path HOME = Path.of(System.getProperty("fovea.home"));
  private static final Path FILES = HOME.resolve("weights-tools/src/test/resources/gguf");
  private static final Path PAIR = FILES.resolve("pair");
  private static final String MODEL = "tiny-F16.gguf";
  private static final String PROJECTOR = "mmproj-tiny-F16.gguf";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void tensorsHavePublishedNamesShapesAndTheirValues() throws IOException {
    JsonNode expected = JSON.readTree(FILES.resolve("pair.json").toFile());
    try (GgufSource source = GgufSource.open(PAIR)) {
      assertThat(source.format()).isEqualTo("GGUF");
      assertThat(source.tensors().stream().map(SourceTensor::name))
          .containsExactlyInAnyOrderElementsOf(
              expected.properties().stream().map(Map.Entry::getKey).toList());
      for (SourceTensor tensor : source.tensors()) {
        JsonNode wanted = expected.get(tensor.name());
        assertThat(tensor.shape().toString().replace(" ", ""))
            .isEqualTo(wanted.get("shape").toString());
        assertThat(sha256(tensor)).as(tensor.name()).isEqualTo(wanted.get("sha256").textValue());
      }
    }
  }

  @Test
  void configFromTheMetadata() throws IOException {
    JsonNode wanted =
        JSON.readTree(
            """
            {"architectures": ["CogVLMForCausalLM"], "hidden_size": 16, "intermediate_size": 24,
             "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_act": "silu",
             "max_position_embeddings": 2048, "rms_norm_eps": 1e-05, "vocab_size": 420,
             "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
             "tie_word_embeddings": false, "template_version": "chat",
             "vision_config": {"dropout_prob": 0.0, "hidden_act": "gelu", "hidden_size": 8,
               "image_size": 12, "in_channels": 3, "intermediate_size": 12,
               "layer_norm_eps": 1e-06, "num_heads": 2, "num_hidden_layers": 1,
               "num_positions": 10, "patch_size": 4}}
            """);
    try (GgufSource source = GgufSource.open(PAIR)) {
      assertThat(JSON.readTree(source.config())).isEqualTo(wanted);
    }
  }

  @Test
  void tokenizerGivesTheIdsOfTheOriginal() throws IOException {
    Path original = HOME.resolve("java/core/src/test/resources/goldens/text/tiny.model");
    SentencePieceTokenizer wanted = SentencePieceTokenizer.load(original);
    try (GgufSource source = GgufSource.open(PAIR)) {
      byte[] content = Objects.requireNonNull(source.companions().get("tokenizer.model"));
      SentencePieceTokenizer found = SentencePieceTokenizer.parse(Path.of("made"), content);
      assertThat(found.vocabularySize()).isEqualTo(wanted.vocabularySize());
      assertThat(List.of(found.bos(), found.eos(), found.pad(), found.unknown()))
          .containsExactly(wanted.bos(), wanted.eos(), wanted.pad(), wanted.unknown());
      for (String text : texts()) {
        assertThat(found.encode(text)).as(text).containsExactly(wanted.encode(text));
        assertThat(found.decode(found.encode(text))).isEqualTo(wanted.decode(found.encode(text)));
      }
    }
  }

  private static List<String> texts() {
    return List.of(
        "",
        " ",
        "Question: Where is the red circle? Answer:",
        "  two  spaces \n and\ta tab ",
        "the box [[012,345,678,999]]",
        "</s><unk><0x41>",
        "\u00e9\u00df\u4e2d\u6587 \ud83d\ude00 \u2581 \u0000",
        "antidisestablishmentarianism 0123456789");
  }

  @Test
  void eitherFileFindsItsPartner() throws IOException {
    for (Path path : List.of(PAIR.resolve(MODEL), PAIR.resolve(PROJECTOR))) {
      assertThat(GgufSource.recognises(path)).isTrue();
      try (GgufSource source = GgufSource.open(path)) {
        assertThat(source.tensors()).hasSize(39);
      }
    }
    assertThat(GgufSource.recognises(PAIR)).isTrue();
    assertThat(GgufSource.recognises(folder)).isFalse();
    assertThat(GgufSource.recognises(FILES.resolve("pair.json"))).isFalse();
  }

  @Test
  void halfAPairSaysWhatIsMissing() throws IOException {
    Path model = Files.copy(PAIR.resolve(MODEL), folder.resolve(MODEL));
    refused(model, "there is no image encoder, called mmproj");
    refused(folder, "there is no image encoder, called mmproj");
    Files.delete(model);
    Path projector = Files.copy(PAIR.resolve(PROJECTOR), folder.resolve(PROJECTOR));
    refused(projector, "there is no language model");
    Files.copy(PAIR.resolve(MODEL), folder.resolve("a.gguf"));
    Files.copy(PAIR.resolve(MODEL), folder.resolve("b.gguf"));
    refused(projector, "2 files hold a language model");
    try (GgufSource source = GgufSource.open(folder.resolve("a.gguf"))) {
      assertThat(source.tensors()).hasSize(39);
    }
    assertThatThrownBy(() -> GgufSource.open(projector, projector))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("general.architecture: is 'clip', 'cogvlm' is wanted");
  }

  @Test
  void ofSeveralPairsNamesTell() throws IOException {
    for (String name : List.of("x.gguf", "y.gguf")) {
      Files.copy(PAIR.resolve(MODEL), folder.resolve(name));
      Files.copy(PAIR.resolve(PROJECTOR), folder.resolve("mmproj-" + name));
    }
    for (String name : List.of("x.gguf", "mmproj-y.gguf")) {
      try (GgufSource source = GgufSource.open(folder.resolve(name))) {
        assertThat(source.tensors().stream().map(tensor -> tensor.file().getFileName().toString()))
            .containsOnly(name.replace("mmproj-", ""), name.replaceFirst("(mmproj-)?", "mmproj-"));
      }
    }
    refused(folder, "2 files hold a language model");
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    changed(MODEL, "cogvlm", "cogvlx", "'cogvlx', 'cogvlm' is wanted");
    refused(folder.resolve(MODEL), "is 'cogvlx', of CogVLM's files it is 'cogvlm' or 'clip'");
    changed(MODEL, "blk.0.vis_up.weight", "blk.0.vis_vp.weight", "blk.0.vis_up.weight: is missing");
    changed(MODEL, "cogvlm.block_count", "cogvlm.block_covnt", "cogvlm.block_count: is missing");
    changed(MODEL, "llama", "gpt-2", "tokenizer.ggml.model: is 'gpt-2'");
    changed(PROJECTOR, "clip.projector_type", "clip.projector_typo", "projector_type: is missing");
    changed(PROJECTOR, "v.boi", "v.bo1", "v.boi: is missing");
  }

  /** Opens the pair after {@code from} became {@code to} in one file, wherever it stands. */
  private void changed(String name, String from, String to, String message) throws IOException {
    byte[] bytes = Files.readAllBytes(PAIR.resolve(name));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    Path file = folder.resolve(name);
    Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
    Path model = name.equals(MODEL) ? file : PAIR.resolve(MODEL);
    Path projector = name.equals(PROJECTOR) ? file : PAIR.resolve(PROJECTOR);
    assertThatThrownBy(() -> GgufSource.open(model, projector))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  private static void refused(Path path, String message) {
    assertThatThrownBy(() -> GgufSource.open(path))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  private static String sha256(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
