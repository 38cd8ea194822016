package io.fovea.tools.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every type against the values that llama.cpp's gguf package reads (gguf_fixtures.py). */
class GgmlBlocksTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/gguf");

  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"
      })
  void valuesAreTheSameToTheBit(GgmlType type) throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FILES.resolve("types.json").toFile());
    String name = type.name().toLowerCase(Locale.ROOT);
    try (GgufFile file = GgufFile.open(FILES.resolve("types.gguf"))) {
      GgufTensor tensor = Objects.requireNonNull(file.tensors().get(name));
      assertThat(tensor.dtype()).isEqualTo(type.name());
      assertThat(tensor.shape().toString().replace(" ", ""))
          .isEqualTo(expected.get(name).get("shape").toString());
      float[] values = new float[(int) tensor.elements()];
      tensor.read(0, values, values.length);
      JsonNode bits = expected.get(name).get("bits");
      assertThat(bits).hasSize(values.length);
      for (int i = 0; i < values.length; i++) {
        assertThat(Float.floatToRawIntBits(values[i]))
            .as("%s[%d] = %s", name, i, values[i])
            .isEqualTo(bits.get(i).intValue());
      }
      partsAreThoseOfTheWhole(tensor, values);
    }
  }

  private static void partsAreThoseOfTheWhole(GgufTensor tensor, float[] whole) throws IOException {
    int[][] ranges = {{0, 0}, {0, 1}, {1, 7}, {3, whole.length - 3}, {whole.length - 1, 1}};
    for (int[] range : ranges) {
      float[] part = new float[range[1]];
      tensor.read(range[0], part, range[1]);
      assertThat(part).containsExactly(Arrays.copyOfRange(whole, range[0], range[0] + range[1]));
    }
  }
}
