package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectorTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  static List<Path> random() {
    return Checkpoints.random();
  }

  /** The checkpoints' names and shapes come from PyTorch modules, not from our layout. */
  @ParameterizedTest
  @MethodSource("random")
  void theReferencesCheckpointsHaveExactlyTheLayoutsTensors(Path directory) {
    Inspection inspection = Inspector.inspect(directory);
    assertThat(inspection.missing()).isEmpty();
    assertThat(inspection.unknown()).isEmpty();
    try (SourceCheckpoint source = SourceCheckpoints.open(directory)) {
      ModelLayout layout = Inspector.layout(directory, source);
      for (SourceTensor tensor : source.tensors()) {
        TensorSpec spec = Objects.requireNonNull(layout.find(tensor.name()));
        assertThat(tensor.shape()).as(tensor.name()).isEqualTo(spec.shape());
      }
    }
  }

  /** A kind of model from a jar of its own: what it needs is not known here. */
  @Test
  void familiesWithoutAListAreShownAndNotConverted() throws IOException {
    SafetensorsWriter weights = new SafetensorsWriter();
    weights.add("embed.weight", new float[6], 2, 3);
    weights.write(folder.resolve("model.safetensors"));
    Files.writeString(
        folder.resolve("config.json"), "{\"architectures\": [\"UnlistedForCausalLM\"]}");
    Inspection inspection = Inspector.inspect(folder);
    assertThat(inspection.family()).isEqualTo("Unlisted");
    assertThat(inspection.tensors()).hasSize(1);
    assertThat(inspection.elements()).isEqualTo(6);
    assertThat(inspection.unknown()).isEmpty();
    assertThat(inspection.notes()).anySatisfy(n -> assertThat(n).contains("shown, not checked"));
    Path out = folder.resolveSibling(folder.getFileName() + "-out");
    assertThatThrownBy(
            () ->
                Converter.convert(
                    folder,
                    Formats.plain(PlainType.KEEP),
                    OutputOptions.to(out),
                    ProgressListener.none()))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("describes Unlisted")
        .hasMessageContaining("'inspect' shows");
    assertThat(out).doesNotExist();
  }

  @Test
  void everyFamilyIsAmongThem() {
    Set<String> families = new HashSet<>();
    for (Path directory : random()) {
      try (SourceCheckpoint source = SourceCheckpoints.open(directory)) {
        families.add(Inspector.layout(directory, source).family());
      }
    }
    assertThat(families).contains("CogVLM v1", "CogVLM2", "CogAgent", "Kosmos-2", "Qwen-VL");
  }

  @Test
  void partsOfTheBundledModel() {
    Inspection inspection = Inspector.inspect(Checkpoints.bundled());
    assertThat(inspection.elements()).isEqualTo(4_289_008);
    assertThat(inspection.parts())
        .extracting(Inspection.PartSummary::part)
        .containsExactly(
            Part.ENCODER,
            Part.ADAPTER,
            Part.MARKERS,
            Part.EMBEDDING,
            Part.LANGUAGE,
            Part.VISION,
            Part.NORMS,
            Part.ROTARY,
            Part.LM_HEAD);
    assertThat(inspection.parts().stream().mapToLong(Inspection.PartSummary::bytes).sum())
        .isEqualTo(inspection.bytes());
  }

  @Test
  void theWrongConfigShowsInMissingAndUnknownTensors() throws IOException {
    Path bundled = Checkpoints.bundled();
    Files.copy(bundled.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    String config = Files.readString(bundled.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config
            .replace("CogVLMForCausalLM", "CogVLMVideoForCausalLM")
            .replace("\"vocab_size\"", "\"num_multi_query_heads\": 4, \"vocab_size\""));
    Inspection inspection = Inspector.inspect(folder);
    assertThat(inspection.missing())
        .containsExactly("model.vision.conv.weight", "model.vision.conv.bias");
    assertThat(inspection.unknown()).hasSize(25).allMatch(name -> name.contains("vision_"));
  }

  @Test
  void nothingThatIsKnown() throws IOException {
    assertThatThrownBy(() -> Inspector.inspect(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(folder + ": format: is none that is read");
    assertThatThrownBy(() -> Inspector.inspect(folder.resolve("absent")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("does not exist");
    Path copy = folder.resolve("lonely.safetensors");
    Files.copy(Checkpoints.bundled().resolve("model.safetensors"), copy);
    assertThatThrownBy(() -> Inspector.inspect(copy))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("config.json");
  }
}
