package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ProgressListener;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.SafetensorsWriter;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VerifierTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path model;

  @BeforeEach
  void write() {
    model = folder.resolve("model");
    Synthesizer.synthesize(
        Preset.SMALL_V1.model(),
        1,
        Formats.plain(PlainType.BF16),
        OutputOptions.to(model),
        ProgressListener.none());
  }

  private Verification verify() {
    return Verifier.verify(model, 2, ProgressListener.none());
  }

  /** Overwrites bytes of a tensor, and forgets the checksums. */
  private void overwrite(String name, byte... bytes) throws IOException {
    Files.delete(model.resolve("checksums.sha256"));
    CheckpointFiles.Located found =
        Objects.requireNonNull(CheckpointFiles.list(model).get(name), name);
    StoredTensor tensor = found.tensor();
    try (FileChannel channel = FileChannel.open(found.file(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), tensor.offset() + 10);
    }
  }

  @Test
  void aSoundModel() {
    Verification found = verify();
    assertThat(found.problems()).isEmpty();
    assertThat(found.notes()).isEmpty();
    assertThat(found.ok()).isTrue();
    assertThat(found.checksums()).isEqualTo(3);
    assertThat(found.tensors()).isEqualTo(65);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "FP8"})
  void quantisedModelsAreSound(WeightFormat format) {
    Path small = folder.resolve("small");
    OutputOptions options = OutputOptions.to(small);
    Converter.convert(model, Formats.all(format), options, ProgressListener.none());
    assertThat(Verifier.verify(small, 1, ProgressListener.none()).problems()).isEmpty();
  }

  @Test
  void aChangedByteShowsInTheChecksum() throws IOException {
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 2] ^= 1;
    Files.write(weights, bytes);
    assertThat(verify().problems())
        .containsExactly(weights + ": is not the file whose checksum was recorded");
    Files.delete(model.resolve("tokenizer.model"));
    assertThat(verify().problems())
        .contains(model.resolve("tokenizer.model") + ": is missing, but has a recorded checksum");
  }

  @Test
  void whatIsNotFiniteIsCounted() throws IOException {
    overwrite("model.norm.weight", (byte) 0x80, (byte) 0x7f, (byte) 0xc0, (byte) 0xff);
    assertThat(verify().problems())
        .containsExactly(
            model.resolve("model.safetensors")
                + ": model.norm.weight: 2 values are not finite, the first is element 5");
  }

  @Test
  void aScaleThatIsNoNumberCountsToo() throws IOException {
    Path plain = model;
    model = folder.resolve("small");
    Converter.convert(
        plain, Formats.all(WeightFormat.INT8), OutputOptions.to(model), ProgressListener.none());
    overwrite("lm_head.weight_scale", (byte) 0xc0, (byte) 0x7f);
    assertThat(verify().problems())
        .singleElement()
        .asString()
        .contains("lm_head.weight: 64 values are not finite, the first is element 320");
  }

  @Test
  void missingAndMisshapenTensorsAreAllListed() throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.add("model.norm.weight", new float[63], 63);
    writer.add("model.surprise", new float[2], 2);
    writer.write(model.resolve("model.safetensors"));
    Files.delete(model.resolve("checksums.sha256"));
    Verification found = verify();
    assertThat(found.notes())
        .hasSize(2)
        .contains("1 tensors are of no use to the model: model.surprise");
    List<String> problems = found.problems();
    assertThat(problems.get(0)).contains("model.norm.weight: has shape [63]", "wants [64]");
    assertThat(problems).hasSize(1 + 62).allMatch(line -> line.startsWith(model.toString()));
  }

  @Test
  void textFilesAreReadAsTheEngineDoes() throws IOException {
    Files.delete(model.resolve("checksums.sha256"));
    Files.writeString(model.resolve("tokenizer.model"), "no tokenizer");
    assertThat(verify().problems()).singleElement().asString().contains("tokenizer.model");
    Files.delete(model.resolve("tokenizer.model"));
    Verification without = verify();
    assertThat(without.ok()).isTrue();
    assertThat(without.notes()).anyMatch(note -> note.contains("--tokenizer"));
    Path config = model.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"silu\"", "\"relu\""));
    assertThat(verify().problems()).singleElement().asString().contains("hidden_act");
  }
}
