package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.NativeFaultException;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.CheckpointFiles.Located;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A weight that is NaN is named by the answer that fails because of it. */
class NonFiniteWeightsTest {
  private static final GoldenCase SHARDED = GoldenCase.read("wide_bf16/base");

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.norm.weight",
        "lm_head.weight",
        "model.layers.0.self_attn.vision_expert_query_key_value.weight",
        "model.vision.transformer.layers.0.mlp.fc1.weight",
        "model.vision.boi",
      })
  void theFailureNamesFileAndTensor(String name) throws IOException {
    Map<String, Located> tensors = CheckpointFiles.list(folder);
    Located located = Objects.requireNonNull(tensors.get(name), () -> name + tensors.keySet());
    assertThat(located.tensor().dtype()).isEqualTo("BF16");
    set(located, 1, (short) 0x7fc0);
    try (FoveaEngine engine = engine();
        EncodedImage image = engine.encode(Objects.requireNonNull(SHARDED.input()))) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> engine.ask(image, "it"))
            .isInstanceOf(NativeFaultException.class)
            .hasMessageContaining(located.file() + ": " + name + ": element 1 is NaN");
      }
    }
  }

  /** What the request does not need may be anything; the search stays lazy. */
  @Test
  void textAloneNeedsNoVision() throws IOException {
    Located located = Objects.requireNonNull(CheckpointFiles.list(folder).get("model.vision.boi"));
    set(located, 0, (short) 0x7f80);
    try (FoveaEngine engine = engine()) {
      GenerationOptions short4 = GenerationOptions.builder().maxNewTokens(4).build();
      assertThat(engine.chat(ChatRequest.textOnly("Hello").options(short4).build()).finish())
          .isNotNull();
    }
  }

  private FoveaEngine engine() {
    return FoveaEngine.builder().model(folder).threads(1).build();
  }

  private static void set(Located located, int element, short bits) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, bits);
    try (FileChannel file = FileChannel.open(located.file(), StandardOpenOption.WRITE)) {
      file.write(value, located.tensor().offset() + 2L * element);
    }
  }
}
