package io.fovea.tools.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reader that each format gets, without being told which it is. */
class SourceCheckpointsTest {
  private static final Path HOME = Path.of(System.getProperty("fovea.home"));

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "weights-tools/models/cogvlm-shapes, safetensors",
    "weights-tools/models/cogvlm-shapes/model.safetensors, safetensors",
    "weights-tools/src/test/resources/nf4, safetensors",
    "weights-tools/src/test/resources/torch/shards, PyTorch",
    "weights-tools/src/test/resources/torch/legacy.pt, PyTorch",
    "weights-tools/src/test/resources/sat/cogvlm, SwissArmyTransformer",
    "weights-tools/src/test/resources/sat/cogvlm/1/mp_rank_00_model_states.pt,"
        + " SwissArmyTransformer",
    "weights-tools/src/test/resources/gguf/pair, GGUF",
    "weights-tools/src/test/resources/gguf/pair/tiny-F16.gguf, GGUF",
  })
  void formatsAreToldByContent(String path, String format) {
    try (SourceCheckpoint source = SourceCheckpoints.open(HOME.resolve(path))) {
      assertThat(source.format()).isEqualTo(format);
      assertThat(source.tensors()).isNotEmpty();
    }
  }

  @Test
  void whatIsNoneOfThem() {
    assertThatThrownBy(() -> SourceCheckpoints.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("format: is none that is read");
    assertThatThrownBy(() -> SourceCheckpoints.open(folder.resolve("absent")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("does not exist");
  }
}
