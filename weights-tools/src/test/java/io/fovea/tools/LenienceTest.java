package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.FoveaException;
import io.fovea.InvalidRequestException;
import io.fovea.ProgressListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import io.fovea.weights.CheckpointFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What other programs write besides the published form: engine, convert, quantize, verify and
 * inspect read it alike, or refuse it alike and by name.
 */
class LenienceTest {
  private static final String ROPE = "model.cross_vision.vit.model.rope.freqs_cos";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path model;

  /** Writes the model, with a change, into {@link #model}. */
  @FunctionalInterface
  private interface Change {
    void apply(LenienceTest test) throws IOException;
  }

  private enum Read {
    DDP(test -> test.rename(name -> "module." + name)),
    COMPILED_IN_DDP(test -> test.rename(name -> "_orig_mod.module." + name)),
    LIGHTNING(test -> test.rename(name -> "state_dict.model." + name)),
    PEFT_MERGED(test -> test.rename(name -> "base_model.model." + name)),
    MARKED_INSIDE(test -> test.rename(name -> name.replace(".mlp.", ".mlp._orig_mod."))),
    STALE_INDEX(
        test ->
            test.write(
                "model.safetensors.index.json",
                "{\"weight_map\":{\"lm_head.weight\":\"model-00001-of-00008.safetensors\"}}")),
    VARIANT(test -> test.move("model.safetensors", "model.bf16.safetensors")),
    LONE_SHARD(test -> test.move("model.safetensors", "model-00001-of-00001.safetensors")),
    LINKED(
        test -> {
          test.move("model.safetensors", "4d7a21");
          Files.createSymbolicLink(test.model.resolve("model.safetensors"), Path.of("4d7a21"));
        }),
    TRAINING_FILES(
        test -> {
          test.write("optimizer.pt", "state");
          test.write("training_args.bin", "arguments");
        }),
    EMPTY_TENSOR(test -> test.addTensor("step", "I64", "[0]")),
    TENSOR_OF_A_DTYPE_THAT_NOBODY_READS(test -> test.addTensor("amax", "F8_E8M0", "[0]")),
    TENSOR_OF_A_LATER_DTYPE(test -> test.addTensor("amax", "F2_E1M0", "[0,7]")),
    INFINITE_LIMIT(test -> test.config("\"time_limit\":[NaN,Infinity,-Infinity]")),
    NO_PAD(test -> test.remove("pad_token_id")),
    NO_IDS(test -> test.remove("pad_token_id", "bos_token_id", "eos_token_id")),
    IDS_AS_FLOATS(test -> test.config("\"pad_token_id\":0.0,\"eos_token_id\":[2.0]"));

    private final Change change;

    Read(Change change) {
      this.change = change;
    }
  }

  private enum Refused {
    LORA("merge_and_unload", test -> test.addTensor("x.lora_A.weight", "F32", "[0]")),
    BASE_LAYER(
        "merge_and_unload",
        test -> test.rename(name -> name.replace("down_proj", "down_proj.base_layer"))),
    ADAPTER_ALONE(
        "PEFT adapter",
        test -> {
          test.move("model.safetensors", "adapter_model.safetensors");
          test.write("adapter_config.json", "{}");
        }),
    TWO_VARIANTS(
        "could be meant",
        test -> {
          Files.copy(
              test.model.resolve("model.safetensors"),
              test.model.resolve("model.fp32.safetensors"));
          test.move("model.safetensors", "model.fp16.safetensors");
        }),
    POINTER(
        "git lfs pull",
        test -> test.write("model.safetensors", "version https://git-lfs.github.com/spec/v1\n")),
    PAGE("web page", test -> test.write("model.safetensors", "<!doctype html><html>")),
    CONFIG_PAGE("web page", test -> test.write("config.json", "<!DOCTYPE HTML>")),
    DOWNLOADING(
        "has not ended", test -> test.move("model.safetensors", "model.safetensors.incomplete")),
    MISSING_SHARD(
        "00002-of-00002",
        test -> test.move("model.safetensors", "model-00001-of-00002.safetensors")),
    NAN_EPS("rms_norm_eps", test -> test.config("\"rms_norm_eps\":NaN")),
    TEXT_ID("bos_token_id", test -> test.config("\"bos_token_id\":\"1\"")),
    INDEX_OUTSIDE(
        "not a file in its folder",
        test -> {
          test.move("model.safetensors", "other.bin");
          test.write(
              "model.safetensors.index.json",
              "{\"weight_map\":{\"lm_head.weight\":\"../x.safetensors\"}}");
        });

    private final String mentioned;
    private final Change change;

    Refused(String mentioned, Change change) {
      this.mentioned = mentioned;
      this.change = change;
    }
  }

  private void synthesize(Preset preset) {
    model = folder.resolve("model");
    Synthesizer.synthesize(
        preset.model(),
        1,
        Formats.plain(PlainType.BF16),
        OutputOptions.to(model),
        ProgressListener.none());
    try {
      Files.delete(model.resolve("checksums.sha256"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPathReadsIt(Read read) throws IOException {
    synthesize(Preset.SMALL_V1);
    Path plain = convert("plain");
    read.change.apply(this);
    Inspection inspection = Inspector.inspect(model);
    assertThat(inspection.missing()).isEmpty();
    assertThat(verify().problems()).isEmpty();
    assertThat(convert("again").resolve("model.safetensors"))
        .hasSameBinaryContentAs(plain.resolve("model.safetensors"));
    quantize("small");
    FoveaEngine.builder().model(model).threads(1).build().close();
    FoveaEngine.builder().model(folder.resolve("small")).threads(1).build().close();
  }

  @ParameterizedTest
  @EnumSource
  void everyPathRefusesItByName(Refused refused) throws IOException {
    synthesize(Preset.SMALL_V1);
    refused.change.apply(this);
    List<String> verdicts = new ArrayList<>();
    verdicts.add(verdict(() -> FoveaEngine.builder().model(model).threads(1).build().close()));
    verdicts.add(verdict(() -> convert("again")));
    verdicts.add(verdict(() -> quantize("small")));
    verdicts.add(verdict(() -> Inspector.inspect(model)));
    verdicts.add(verdict(() -> refuse(verify())));
    assertThat(verdicts).allMatch(message -> message.contains(refused.mentioned));
  }

  private static String verdict(Runnable read) {
    try {
      read.run();
      return "read";
    } catch (FoveaException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void refuse(Verification found) {
    if (!found.ok()) {
      throw new InvalidRequestException(String.join("; ", found.problems()), "");
    }
  }

  @Test
  void whatIsReadInAnotherWayIsNoted() throws IOException {
    synthesize(Preset.SMALL_V1);
    rename(name -> "module." + name);
    String note = "the tensors' names begin with 'module.', which is left out";
    assertThat(Inspector.inspect(model).notes()).containsExactly(note);
    assertThat(verify().notes()).contains(note);
    assertThat(
            Converter.convert(
                    model,
                    Formats.plain(PlainType.KEEP),
                    OutputOptions.to(folder.resolve("noted")),
                    ProgressListener.none())
                .notes())
        .containsExactly(note);
  }

  /** Keys that nobody reads stay, in words that Python reads. */
  @Test
  void convertedConfigsKeepNumbersThatAreNotFinite() throws IOException {
    synthesize(Preset.SMALL_V1);
    config("\"best\":NaN,\"limit\":[Infinity,-Infinity],\"big\":123456789012345678901234567890");
    String text = Files.readString(convert("again").resolve("config.json"));
    assertThat(text)
        .contains("\"best\" : NaN", "[ Infinity, -Infinity ]", "123456789012345678901234567890");
    Path small = quantize("small");
    assertThat(Files.readString(small.resolve("config.json"))).contains("\"best\" : NaN");
    assertThat(Verifier.verify(small, 1, ProgressListener.none()).problems()).isEmpty();
  }

  /** The weights can be converted and checked; that the engine does not run them is noted. */
  @Test
  void videoWeightsAreSound() throws IOException {
    synthesize(Preset.SMALL_V2);
    rename(name -> name.contains("vision_expert") || name.contains("vision_mlp") ? null : name);
    config("\"architectures\":[\"CogVLMVideoForCausalLM\"]");
    Verification found = verify();
    assertThat(found.problems()).isEmpty();
    assertThat(found.notes()).contains("the engine does not run CogVLM2-Video yet");
    assertThat(Inspector.inspect(convert("again")).family()).isEqualTo("CogVLM2-Video");
    assertThatThrownBy(() -> FoveaEngine.builder().model(model).threads(1).build())
        .isInstanceOf(FoveaException.class)
        .hasMessageContaining("CogVLM2-Video");
  }

  /** A fine-tune with added tokens: neither 128256 of them, nor num_multi_query_heads stated. */
  @Test
  void aSecondGenerationIsToldByItsTensors() throws IOException {
    synthesize(Preset.SMALL_V2);
    remove("num_multi_query_heads");
    assertThat(verify().problems()).isEmpty();
    assertThat(Inspector.inspect(convert("again")).family()).isEqualTo("CogVLM2");
    try (FoveaEngine engine = FoveaEngine.builder().model(model).threads(1).build()) {
      assertThat(engine.model().architecture()).isEqualTo("CogVLM2");
    }
  }

  /** Heads of the second encoder are those of its rotary table, or by formula without one. */
  @Test
  void theRotaryTableTellsTheHeadsOfTheSecondEncoder() throws IOException {
    synthesize(Preset.SMALL_COGAGENT);
    remove("cross_num_heads");
    assertThat(CheckpointFiles.list(model).get(ROPE)).isNotNull();
    assertThat(verify().problems()).isEmpty();
    FoveaEngine.builder().model(model).threads(1).build().close();
  }

  private Path convert(String name) {
    return convert(name, Formats.plain(PlainType.KEEP));
  }

  private Path quantize(String name) {
    return convert(name, Formats.all(WeightFormat.INT8));
  }

  private Path convert(String name, Formats formats) {
    Path out = folder.resolve(name);
    Converter.convert(model, formats, OutputOptions.to(out), ProgressListener.none());
    return out;
  }

  private Verification verify() {
    return Verifier.verify(model, 1, ProgressListener.none());
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(model.resolve(name), content);
  }

  private void move(String from, String to) throws IOException {
    Files.move(model.resolve(from), model.resolve(to), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Sets keys of config.json, given as JSON, which may hold what Python alone writes. */
  private void config(String keys) throws IOException {
    String text = Files.readString(model.resolve("config.json")).stripTrailing();
    write(
        "config.json", text.substring(0, text.length() - 1) + "," + keys + "}"); // the last counts
  }

  private void remove(String... keys) throws IOException {
    ObjectNode root = (ObjectNode) json(Files.readAllBytes(model.resolve("config.json")));
    root.remove(List.of(keys));
    write("config.json", root.toString());
    Files.deleteIfExists(model.resolve("generation_config.json"));
  }

  private void addTensor(String name, String dtype, String shape) throws IOException {
    editHeader(
        header ->
            ((ObjectNode) header)
                .set(
                    name,
                    json(
                        "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[0,0]}"
                            .formatted(dtype, shape)
                            .getBytes(StandardCharsets.UTF_8))));
  }

  /** Other names in the header; a tensor whose name becomes null is left to one of no use. */
  private void rename(UnaryOperator<String> name) throws IOException {
    editHeader(
        header -> {
          ObjectNode renamed = new ObjectMapper().createObjectNode();
          header
              .properties()
              .forEach(
                  e -> {
                    String to = e.getKey().startsWith("__") ? e.getKey() : name.apply(e.getKey());
                    renamed.set(to == null ? "unused." + e.getKey() : to, e.getValue());
                  });
          ((ObjectNode) header).removeAll();
          ((ObjectNode) header).setAll(renamed);
        });
  }

  private void editHeader(Consumer<JsonNode> edit) throws IOException {
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        byte[] content = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        JsonNode header = json(Arrays.copyOfRange(content, 8, 8 + length));
        edit.accept(header);
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer written =
            ByteBuffer.allocate(content.length - length + json.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        written.putLong(json.length).put(json);
        written.put(content, 8 + length, content.length - 8 - length);
        Files.write(file, written.array());
      }
    }
  }

  private static JsonNode json(byte[] content) {
    try {
      return new ObjectMapper().readTree(content);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
