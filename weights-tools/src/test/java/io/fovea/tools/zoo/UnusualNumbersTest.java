package io.fovea.tools.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.gguf.GgufExport;
import io.fovea.tools.gguf.GgufExport.Precision;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers that are none, and numbers too large for what they are written in. */
class UnusualNumbersTest {
  private static final String LINEAR = "model.layers.0.mlp.language_mlp.down_proj.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String NORM = "model.norm.weight";
  private static final float HUGE = 3.40e38f; // finite in f32, infinite in bf16

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private Path write(String name, float value) throws IOException {
    Draft draft = Draft.small(folder);
    float[] values = draft.original(name).values().clone();
    values[3] = value;
    draft.put(name, "F32", draft.original(name).shape(), Codes.f32(values));
    Path model = folder.resolve("model");
    draft.writeSafetensors(model);
    return model;
  }

  private Conversion convert(Path model, Formats formats) {
    OutputOptions options = new OutputOptions(folder.resolve("new/out"), 1 << 14, true, 1);
    return Converter.convert(model, formats, options, ProgressListener.none());
  }

  private GgufExport.Pair export(Path model, Precision precision) {
    try (SourceCheckpoint source = SourceCheckpoints.open(model)) {
      Path out = folder.resolve("new/out");
      return GgufExport.write(source, out, "model", precision, ProgressListener.none());
    }
  }

  @ParameterizedTest
  @CsvSource({
    EMBEDDING + ",NaN",
    NORM + ",NaN",
    NORM + ",-Infinity",
    "model.vision.transformer.layers.0.mlp.fc2.bias,Infinity",
  })
  void whatIsNoNumberIsNotedByName(String name, float value) throws IOException {
    Path model = write(name, value);
    for (Formats formats :
        List.of(
            Formats.plain(PlainType.KEEP),
            Formats.plain(PlainType.F16),
            Formats.all(WeightFormat.INT8))) {
      assertThat(convert(model, formats).notes())
          .anyMatch(note -> note.startsWith(name + " holds 1 value"));
    }
    delete(folder.resolve("new/out"));
    for (Precision precision : List.of(Precision.F16, Precision.F32)) {
      assertThat(export(model, precision).notes())
          .anyMatch(note -> note.startsWith(name + " holds 1 value"));
    }
  }

  @Test
  void weightsThatAreNoNumbers() throws IOException {
    Path model = write(LINEAR, Float.NaN);
    assertThat(convert(model, Formats.plain(PlainType.BF16)).notes())
        .anyMatch(note -> note.startsWith(LINEAR + " holds 1 value"));
    delete(folder.resolve("new/out"));
    assertThatThrownBy(() -> convert(model, Formats.all(WeightFormat.INT8)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(LINEAR);
    assertThatThrownBy(() -> export(model, Precision.Q8_0))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(LINEAR);
    assertNothingIsLeft();
  }

  @Test
  void soundModelsHaveNoNotes() throws IOException {
    Path model = write(NORM, 1);
    assertThat(convert(model, Formats.plain(PlainType.BF16)).notes()).isEmpty();
    assertThat(export(model, Precision.BF16).notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"BF16", "F16"})
  void aNumberTooLargeForAnyOf16BitsIsRefusedWithTheTypeThatHoldsIt(PlainType type)
      throws IOException {
    Path model = write(LINEAR, -HUGE);
    assertThatThrownBy(() -> convert(model, Formats.plain(type)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(LINEAR)
        .hasMessageContaining("too large for " + type.id())
        .hasMessageContaining("; use f32");
    assertThatThrownBy(() -> export(model, Precision.valueOf(type.name())))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(LINEAR)
        .hasMessageContaining("; write the file as f32");
    assertThatThrownBy(() -> export(model, Precision.Q8_0))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("; write the file as f32");
    assertNothingIsLeft();
  }

  @Test
  void aNumberTooLargeForF16AloneIsSentToBf16() throws IOException {
    Path model = write(LINEAR, 1e6f);
    assertThatThrownBy(() -> convert(model, Formats.plain(PlainType.F16)))
        .hasMessageContaining("; use bf16 or f32");
    assertThatThrownBy(() -> export(model, Precision.F16))
        .hasMessageContaining("; write the file as bf16 or f32");
    assertNothingIsLeft();
    assertThat(convert(model, Formats.plain(PlainType.BF16)).notes()).isEmpty();
  }

  /** Code times scale, of a scale rounded upwards, would be infinite. */
  @ParameterizedTest
  @ValueSource(floats = {3.40e38f, Float.MAX_VALUE, -Float.MAX_VALUE})
  void weightsAtTheEndOfF32StayFiniteOrAreRefused(float value) throws IOException {
    Path model = write(LINEAR, value);
    for (WeightFormat format : List.of(WeightFormat.INT8, WeightFormat.INT4, WeightFormat.FP8)) {
      try {
        convert(model, Formats.all(format));
        assertThat(
                io.fovea.tools.Verifier.verify(
                        folder.resolve("new/out"), 1, ProgressListener.none())
                    .problems())
            .isEmpty();
      } catch (ModelLoadException e) {
        assertThat(e).hasMessageContaining(LINEAR).hasMessageContaining("too large");
      }
    }
  }

  private void assertNothingIsLeft() {
    assertThat(folder.resolve("new")).doesNotExist();
  }

  private void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
    Files.delete(directory.resolveSibling(""));
  }
}
