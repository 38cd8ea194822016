package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Model directories that are damaged, incomplete or hostile: one typed error, nothing leaked. */
class ModelLoadTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final GoldenCase SHARDED = GoldenCase.read("wide_bf16/base");
  private static final String INDEX = "model.safetensors.index.json";

  @TempDir Path folder;

  @BeforeEach
  void copyTheModel() throws IOException {
    try (Stream<Path> files = Files.list(SHARDED.checkpoint())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.copy(SHARDED.tokenizer(), folder.resolve("tokenizer.model"));
  }

  private EngineBuilder engine() {
    return FoveaEngine.builder().model(folder).threads(1);
  }

  private void assertRefused(String... mentioned) {
    assertThatThrownBy(() -> engine().build())
        .isInstanceOfSatisfying(
            ModelLoadException.class, e -> assertThat(e.getMessage()).contains(mentioned));
  }

  @Test
  void soundCopyLoads() {
    engine().build().close();
  }

  @Test
  void missingFolderAndFiles() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(() -> FoveaEngine.builder().model(nowhere).build())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(nowhere.toString());
    Files.delete(folder.resolve("tokenizer.model"));
    assertRefused("tokenizer.model", "--tokenizer");
    FoveaEngine.builder().model(folder).tokenizer(SHARDED.tokenizer()).threads(1).build().close();
  }

  @Test
  void truncatedShard() throws IOException {
    Path shard = shards().get(0);
    try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    assertRefused(shard.toString(), "truncated");
  }

  @Test
  void headerOfTwoToTheSixtyBytes() throws IOException {
    Path shard = shards().get(0);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
      channel.write(length, 0);
    }
    assertRefused(shard.toString(), "header", String.valueOf(1L << 60));
  }

  @Test
  void missingShard() throws IOException {
    Path shard = shards().get(1);
    Files.delete(shard);
    assertRefused(shard.toString(), "missing");
  }

  @Test
  void indexThatLeavesTheFolder() throws IOException {
    edit(
        INDEX,
        root -> ((ObjectNode) root.get("weight_map")).put("lm_head.weight", "../evil.safetensors"));
    assertRefused(INDEX, "../evil.safetensors");
  }

  @Test
  void indexThatNamesTheWrongShard() throws IOException {
    String first = shards().get(0).getFileName().toString();
    String last = shards().get(shards().size() - 1).getFileName().toString();
    edit(
        INDEX,
        root -> {
          ObjectNode map = (ObjectNode) root.get("weight_map");
          String now = map.get("lm_head.weight").asText();
          map.put("lm_head.weight", now.equals(first) ? last : first);
        });
    assertRefused("lm_head.weight", "index");
  }

  @Test
  void indexWithoutATensor() throws IOException {
    edit(INDEX, root -> ((ObjectNode) root.get("weight_map")).remove("model.norm.weight"));
    assertRefused("model.norm.weight", "missing");
  }

  @Test
  void unreadableJson() throws IOException {
    Files.writeString(folder.resolve("config.json"), "not json");
    assertRefused("config.json", "JSON");
    Files.delete(folder.resolve("config.json"));
    assertRefused("config.json", "missing");
    Files.writeString(folder.resolve(INDEX), "{");
    assertRefused(INDEX, "JSON");
  }

  /** A config that does not belong to the weights names the first tensor that differs. */
  @ParameterizedTest
  @CsvSource({
    "vocab_size, 4000, model.embed_tokens.weight",
    "num_hidden_layers, 3, model.layers.2",
    "intermediate_size, 64, [",
    "hidden_size, 0, hidden_size",
    "hidden_size, 2000000000, hidden_size",
    "num_attention_heads, 7, hidden_size",
    "max_position_embeddings, -1, max_position_embeddings",
    "bos_token_id, 99999, bos_token_id"
  })
  void configThatDoesNotFit(String key, int value, String mentioned) throws IOException {
    edit("config.json", root -> root.put(key, value));
    assertRefused(mentioned);
  }

  /** The rows of a picture replace the embeddings of its slots, so their id changes no number. */
  @Test
  void aPictureNeedsNoPadToken() throws IOException {
    Path first = folder.resolve("stated.safetensors");
    Path second = folder.resolve("other.safetensors");
    try (FoveaEngine engine = engine().build()) {
      engine.diagnostics().trace(SHARDED.inputs(), SHARDED.request(null), 3, first);
    }
    for (String id : new String[] {"null", "-1", "5", "999999"}) {
      edit("config.json", root -> root.put("pad_token_id", 0));
      Path config = folder.resolve("config.json");
      Files.writeString(
          config, Files.readString(config).replace("\"pad_token_id\":0", "\"pad_token_id\":" + id));
      try (FoveaEngine engine = engine().build()) {
        engine.diagnostics().trace(SHARDED.inputs(), SHARDED.request(null), 3, second);
      }
      TensorFile stated = TensorFile.read(first);
      TensorFile other = TensorFile.read(second);
      for (String name : List.of("language.embeddings", "logits")) {
        assertThat(other.get(name).values())
            .as(name + " " + id)
            .isEqualTo(stated.get(name).values());
      }
      assertThat(other.ints("generated_ids")).isEqualTo(stated.ints("generated_ids"));
    }
  }

  /** bos, eos and pad may all be the tokenizer's own. */
  @Test
  void idsThatConfigLeavesOpen() throws IOException {
    edit(
        "config.json",
        root -> root.remove(List.of("bos_token_id", "eos_token_id", "pad_token_id")));
    engine().build().close();
  }

  @Test
  void numbersThatAreNotFiniteInKeysThatNobodyReads() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\\{", "{\"best\": [NaN, -Infinity],"));
    engine().build().close();
    Files.writeString(
        config, Files.readString(config).replaceFirst("(\"rms_norm_eps\"\\s*:)[^,]*", "$1NaN"));
    assertRefused("config.json: rms_norm_eps: NaN");
  }

  @Test
  void namesUnderAPrefix() throws IOException {
    Path model = Files.createDirectory(folder.resolve("prefixed"));
    for (String name : List.of("config.json", "tokenizer.model")) {
      Files.copy(folder.resolve(name), model.resolve(name));
    }
    for (Path shard : shards()) {
      byte[] content = Files.readAllBytes(shard);
      int length = (int) ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
      ObjectNode header =
          (ObjectNode) JSON.readTree(new String(content, 8, length, StandardCharsets.UTF_8));
      ObjectNode prefixed = JSON.createObjectNode();
      header
          .properties()
          .forEach(
              e ->
                  prefixed.set(
                      e.getKey().startsWith("__") ? e.getKey() : "module._orig_mod." + e.getKey(),
                      e.getValue()));
      byte[] json = JSON.writeValueAsBytes(prefixed);
      ByteBuffer written =
          ByteBuffer.allocate(content.length - length + json.length).order(ByteOrder.LITTLE_ENDIAN);
      written.putLong(json.length).put(json).put(content, 8 + length, content.length - 8 - length);
      Files.write(model.resolve(shard.getFileName()), written.array()); // and no index
    }
    FoveaEngine.builder().model(model).threads(1).build().close();
  }

  @Test
  void contextThatNoTableShouldHold() {
    assertThatThrownBy(() -> engine().contextTokens(1 << 20).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("contextTokens");
  }

  @Test
  void configThatPromisesMoreThanTheLongestContext() throws IOException {
    edit("config.json", root -> root.put("max_position_embeddings", 1 << 20));
    try (FoveaEngine engine = engine().build()) {
      assertThat(engine.model().contextTokens()).isEqualTo(1 << 17);
    }
  }

  @ParameterizedTest
  @CsvSource({"image_size, 57", "patch_size, 0", "num_positions, 3", "num_heads, 5"})
  void visionConfigThatDoesNotFit(String key, int value) throws IOException {
    edit("config.json", root -> ((ObjectNode) root.get("vision_config")).put(key, value));
    assertRefused("vision_config.");
  }

  @Test
  void tokenizerLargerThanTheModel() throws IOException {
    edit("config.json", root -> root.put("vocab_size", 300));
    assertRefused("tokenizer.model", "vocab_size", "300");
  }

  @Test
  void damagedTokenizer() throws IOException {
    Files.write(folder.resolve("tokenizer.model"), new byte[] {1, 2, 3});
    assertRefused("tokenizer.model");
  }

  @Test
  void otherModels() throws IOException {
    edit("config.json", root -> root.putArray("architectures").add("LlamaForCausalLM"));
    assertThatThrownBy(() -> engine().build())
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("LlamaForCausalLM");
  }

  @Test
  void generationConfigMayAddEndTokens() throws IOException {
    Path file = folder.resolve("generation_config.json");
    Files.writeString(file, "{\"eos_token_id\": [2, 5]}");
    engine().build().close();
    Files.writeString(file, "{\"eos_token_id\": 1000000}");
    assertRefused("generation_config.json", "1000000");
    Files.writeString(file, "{\"do_sample\": false}");
    engine().build().close();
  }

  /** Address space after many loads is what it was after a few. */
  @Test
  void memoryStaysFlatOverLoadsAndFailures() throws IOException {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    for (String name : List.of("config.json", "tokenizer.model", INDEX)) {
      Files.copy(folder.resolve(name), broken.resolve(name));
    }
    for (Path shard : shards()) {
      Files.copy(shard, broken.resolve(shard.getFileName()));
    }
    Path index = broken.resolve(INDEX);
    ObjectNode root = (ObjectNode) JSON.readTree(index.toFile());
    ((ObjectNode) root.get("weight_map")).remove("lm_head.weight"); // found missing at the very end
    JSON.writeValue(index.toFile(), root);
    long before = 0;
    for (int round = 0; round < 60; round++) {
      if (round == 10) {
        before = mappedBytes();
      }
      engine().build().close();
      assertThatThrownBy(() -> FoveaEngine.builder().model(broken).threads(1).build())
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("lm_head.weight");
    }
    // Scratch memory alone is 8 MiB a load: a hundred leaks would be 800. The allocator reserves 64
    // MiB of addresses at once for a thread that it has not seen.
    assertThat(mappedBytes() - before).isLessThan(256L << 20);
  }

  private static long mappedBytes() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmSize:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  private List<Path> shards() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }

  private void edit(String name, Consumer<ObjectNode> change) throws IOException {
    Path file = folder.resolve(name);
    ObjectNode root = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(root);
    JSON.writeValue(file.toFile(), root);
  }
}
