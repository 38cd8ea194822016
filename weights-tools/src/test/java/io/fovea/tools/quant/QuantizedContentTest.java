package io.fovea.tools.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.fovea.ModelLoadException;
import io.fovea.tools.MemoryTensor;
import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float8;
import io.fovea.tools.output.TensorContent;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Codes and scales, taken apart by hand. */
class QuantizedContentTest {
  private static final long SEED = 20261122;

  private static float[] normal(int rows, int inputs) {
    Random random = new Random(SEED);
    float[] weights = new float[rows * inputs];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (0.05 * random.nextGaussian() * (1 + i / inputs));
    }
    return weights;
  }

  private static QuantizedContent content(
      float[] weights, int rows, WeightFormat format, boolean search) {
    List<Long> shape = List.of((long) rows, (long) weights.length / rows);
    return new QuantizedContent(new MemoryTensor("x.weight", shape, weights), format, search);
  }

  /** All bytes of each tensor, computed {@code block} rows at a time. */
  private static List<ByteBuffer> bytes(TensorContent content, int block) throws IOException {
    List<ByteBuffer> all =
        content.entries().stream()
            .map(e -> ByteBuffer.allocate((int) e.bytes()).order(ByteOrder.LITTLE_ENDIAN))
            .toList();
    for (long row = 0; row < content.rows(); row += block) {
      int rows = (int) Math.min(block, content.rows() - row);
      content.compute(
          row, rows, (e, at, bytes) -> all.get(e).put((int) at, bytes, 0, bytes.remaining()));
    }
    return all;
  }

  /** What a reader of the format makes of it. */
  private static float[] dequantised(WeightFormat format, List<ByteBuffer> bytes, int count) {
    int group = count / (bytes.get(1).capacity() / 2);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float code =
          switch (format) {
            case INT8 -> bytes.get(0).get(i);
            case FP8 -> Float8.toFloat(bytes.get(0).get(i));
            default -> ((bytes.get(0).getInt(i / 8 * 4) >>> (i % 8 * 4)) & 15) - 8;
          };
      values[i] = code * BFloat16.toFloat(bytes.get(1).getShort(i / group * 2));
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, false, 0.0100",
    "INT8, true, 0.0100",
    "INT4, false, 0.0960",
    "INT4, true, 0.0830",
    "INT4_G128, false, 0.1125",
    "INT4_G128, true, 0.0985",
    "FP8, false, 0.0270",
    "FP8, true, 0.0265"
  })
  void normalWeightsKeepTheirValues(WeightFormat format, boolean search, double most)
      throws IOException {
    int rows = 40;
    float[] weights = normal(rows, 512);
    QuantizedContent content = content(weights, rows, format, search);
    float[] found = dequantised(format, bytes(content, 7), weights.length);
    double error = 0;
    double reference = 0;
    for (int i = 0; i < weights.length; i++) {
      error += Math.pow(found[i] - weights[i], 2);
      reference += Math.pow(weights[i], 2);
    }
    assertThat(Math.sqrt(error / reference)).as("seed %d", SEED).isLessThan(most);
    assertThat(content.error().relative()).isCloseTo(Math.sqrt(error / reference), offset(1e-6));
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "INT4_G128", "FP8"})
  void theSearchIsNeverWorse(WeightFormat format) throws IOException {
    float[] weights = normal(16, 256);
    QuantizedContent plain = content(weights, 16, format, false);
    QuantizedContent searched = content(weights, 16, format, true);
    bytes(plain, 16);
    bytes(searched, 16);
    assertThat(searched.error().error()).isLessThanOrEqualTo(plain.error().error() * 1.000001);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "INT4_G128", "FP8"})
  void blocksDoNotMatter(WeightFormat format) throws IOException {
    float[] weights = normal(23, 384);
    assertThat(bytes(content(weights, 23, format, true), 5))
        .isEqualTo(bytes(content(weights, 23, format, true), 23));
  }

  /** Without a search: the nearest code of the scale that was stored. */
  @ParameterizedTest
  @CsvSource({"INT8, -127, 127", "INT4, -8, 7"})
  void codesAreTheNearestOfTheStoredScale(WeightFormat format, int least, int most)
      throws IOException {
    float[] weights = normal(9, 64);
    List<ByteBuffer> bytes = bytes(content(weights, 9, format, false), 9);
    float[] found = dequantised(format, bytes, weights.length);
    int group = weights.length / (bytes.get(1).capacity() / 2);
    for (int i = 0; i < weights.length; i++) {
      float scale = BFloat16.toFloat(bytes.get(1).getShort(i / group * 2));
      double code = Math.max(least, Math.min(most, Math.rint((double) weights[i] / scale)));
      assertThat(found[i]).isEqualTo((float) code * scale);
    }
  }

  @Test
  void entriesAsInTheConvention() {
    QuantizedContent packed = content(normal(4, 64), 4, WeightFormat.INT4, true);
    assertThat(packed.entries())
        .containsExactly(
            new TensorEntry("x.weight_packed", "I32", List.of(4L, 8L)),
            new TensorEntry("x.weight_scale", "BF16", List.of(4L, 2L)),
            new TensorEntry("x.weight_shape", "I64", List.of(2L)));
    assertThat(content(normal(4, 64), 4, WeightFormat.FP8, true).entries())
        .containsExactly(
            new TensorEntry("x.weight", "F8_E4M3", List.of(4L, 64L)),
            new TensorEntry("x.weight_scale", "BF16", List.of(4L, 1L)));
  }

  @Test
  void packedShape() throws IOException {
    ByteBuffer shape = bytes(content(normal(4, 64), 4, WeightFormat.INT4, true), 1).get(2);
    assertThat(List.of(shape.getLong(0), shape.getLong(8))).containsExactly(4L, 64L);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "INT4_G128", "FP8"})
  void zerosAndTinyWeightsStayFinite(WeightFormat format) throws IOException {
    float[] weights = new float[2 * 128];
    weights[130] = Float.MIN_VALUE;
    for (float value : dequantised(format, bytes(content(weights, 2, format, true), 2), 256)) {
      assertThat(Math.abs(value)).isLessThan(1e-37f);
    }
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity"})
  void whatIsNoNumberIsRefused(float value) {
    float[] weights = normal(4, 64);
    weights[3 * 64 + 5] = value;
    assertThatThrownBy(() -> bytes(content(weights, 4, WeightFormat.INT4, true), 4))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("x.weight")
        .hasMessageContaining("row 3");
  }
}
