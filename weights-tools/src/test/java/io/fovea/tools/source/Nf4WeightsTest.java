package io.fovea.tools.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.weights.QuantizationScheme;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A directory in bitsandbytes' format, with the values that NumPy gives (nf4_fixtures.py). */
class Nf4WeightsTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/nf4");

  @TempDir Path folder;

  @Test
  void valuesAreThoseOfTheReference() throws IOException {
    try (SourceCheckpoint source = SafetensorsSource.open(FILES);
        SourceCheckpoint expected = SafetensorsSource.open(FILES.resolve("expected"))) {
      Map<String, SourceTensor> found = byName(source);
      assertThat(found.keySet()).isEqualTo(byName(expected).keySet());
      for (SourceTensor wanted : expected.tensors()) {
        SourceTensor tensor = Objects.requireNonNull(found.get(wanted.name()));
        assertThat(tensor.shape()).isEqualTo(wanted.shape());
        assertThat(values(tensor)).as(tensor.name()).containsExactly(values(wanted));
      }
    }
  }

  @Test
  void anyRangeOfAWeight() throws IOException {
    try (SourceCheckpoint source = SafetensorsSource.open(FILES)) {
      SourceTensor tensor = Objects.requireNonNull(byName(source).get("lm_head.weight"));
      float[] all = values(tensor);
      for (int first = 0; first < all.length; first += 5) {
        for (int count = 0; count <= all.length - first; count += 13) {
          float[] part = new float[count];
          tensor.read(first, part, count);
          assertThat(Arrays.equals(part, Arrays.copyOfRange(all, first, first + count))).isTrue();
        }
      }
      assertThat(tensor.dtype()).isEqualTo("NF4");
      assertThat(tensor.storedBytes()).isEqualTo(116 + 4 + 4); // codes, scales, their scale
    }
  }

  @Test
  void recognisedByItsTensors() {
    try (SourceCheckpoint source = SourceCheckpoints.open(FILES);
        SourceCheckpoint expected = SourceCheckpoints.open(FILES.resolve("expected"))) {
      assertThat(source.scheme().scheme()).isEqualTo(QuantizationScheme.BNB_NF4);
      assertThat(expected.scheme().scheme()).isEqualTo(QuantizationScheme.PLAIN);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "quant_type": "nf4"  | "quant_type": "fp4"  | is not of type nf4
          "blocksize": 64      | "blocksize": 63      | absmax: F32[4] does not fit
          "blocksize": 64      | "blocksize": -4      | has blocks of -4
          "blocksize": 64      | "blocksize": 1.      | is not valid JSON
          "shape": [7, 33]     | "shape": [8, 33]     | lm_head.weight: U8[116, 1] does not fit
          "shape": [7, 33]     | "shape": [0, 33]     | has the shape [0,33]
          "shape": [7, 33]     | "shape": []   {}     | is not valid JSON
          """)
  void statesThatDoNotFit(String from, String to, String message) throws IOException {
    copy(content -> content.replace(from, to));
    assertThatThrownBy(() -> SafetensorsSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  @Test
  void missingPartsAreNamed() throws IOException {
    copy(
        content -> content.replace("lm_head.weight.nested_absmax", "lm_head.weight.nested_absmux"));
    assertThatThrownBy(() -> SafetensorsSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("lm_head.weight.nested_absmax: is missing");
  }

  @Test
  void mutatedDirectoriesAreReadOrRefused() throws IOException {
    copy(content -> content);
    Path file = folder.resolve("model-00002-of-00002.safetensors");
    byte[] sound = Files.readAllBytes(file);
    int refusals = 0;
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length / 4)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      refusals += readsOrRefuses(seed) ? 0 : 1;
    }
    assertThat(refusals).isPositive();
  }

  private boolean readsOrRefuses(long seed) {
    try (SourceCheckpoint source = SafetensorsSource.open(folder)) {
      for (SourceTensor tensor : source.tensors()) {
        values(tensor);
      }
      return true;
    } catch (FoveaException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  /** Copies the directory; {@code change} sees each byte as a character and keeps lengths. */
  private void copy(Function<String, String> change) throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(
            folder.resolve(file.getFileName()), change.apply(content), StandardCharsets.ISO_8859_1);
      }
    }
  }

  private static Map<String, SourceTensor> byName(SourceCheckpoint source) {
    return source.tensors().stream()
        .collect(Collectors.toMap(SourceTensor::name, Function.identity()));
  }

  private static float[] values(SourceTensor tensor) throws IOException {
    float[] values = new float[(int) tensor.elements()];
    tensor.read(0, values, values.length);
    return values;
  }
}
