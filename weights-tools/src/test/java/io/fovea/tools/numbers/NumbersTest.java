package io.fovea.tools.numbers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.tools.source.ElementType;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Rounding against a search of the nearest among all codes. */
class NumbersTest {
  private static final long SEED = 20261122;

  @Test
  void everyCodeComesBack() {
    for (int code = 0; code < 1 << 16; code++) {
      short bits = (short) code;
      float half = ElementType.half(bits);
      if (!Float.isNaN(half)) {
        assertThat(Float16.fromFloat(half)).isEqualTo(bits);
      }
      float upper = BFloat16.toFloat(bits);
      if (!Float.isNaN(upper)) {
        assertThat(BFloat16.fromFloat(upper)).isEqualTo(bits);
      }
    }
    for (int code = 0; code < 256; code++) {
      if ((code & 0x7f) != 0x7f) {
        assertThat(Float8.fromFloat(Float8.toFloat((byte) code))).isEqualTo((byte) code);
      }
    }
  }

  @Test
  void knownValuesOfE4m3() {
    assertThat(Float8.toFloat((byte) 0x7e)).isEqualTo(448f);
    assertThat(Float8.toFloat((byte) 0x01)).isEqualTo(0x1p-9f);
    assertThat(Float8.toFloat((byte) 0x08)).isEqualTo(0x1p-6f);
    assertThat(Float8.toFloat((byte) 0x38)).isEqualTo(1f);
    assertThat(Float8.toFloat((byte) 0xff)).isNaN();
    assertThat(Float8.fromFloat(1e9f)).isEqualTo((byte) 0x7e);
    assertThat(Float8.fromFloat(-460f)).isEqualTo((byte) 0xfe);
    assertThat(Float8.toFloat(Float8.fromFloat(Float.NaN))).isNaN();
  }

  @Test
  void beyondTheRange() {
    assertThat(Float16.fromFloat(65519)).isEqualTo((short) 0x7bff);
    assertThat(Float16.fromFloat(65520)).isEqualTo((short) 0x7c00);
    assertThat(Float16.fromFloat(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
    assertThat(ElementType.half(Float16.fromFloat(Float.NaN))).isNaN();
    assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.MAX_VALUE))).isInfinite();
    assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.intBitsToFloat(0x7f800001)))).isNaN();
  }

  @Test
  void roundsToTheNearestTiesToEven() {
    Random random = new Random(SEED);
    for (int i = 0; i < 200_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(30) - 20));
      nearest(value, Float8.fromFloat(value), 8, v -> Float8.toFloat((byte) v));
      nearest(value, Float16.fromFloat(value), 16, v -> ElementType.half((short) v));
      nearest(value, BFloat16.fromFloat(value), 16, v -> BFloat16.toFloat((short) v));
    }
    for (int code = 0; code < 0x7e; code++) { // half way between neighbours
      float middle = (Float8.toFloat((byte) code) + Float8.toFloat((byte) (code + 1))) / 2;
      assertThat(Float8.fromFloat(middle) & 1).as("%s", middle).isZero();
    }
  }

  /** Neither neighbour is nearer; of equal distances the even code is taken. */
  private static void nearest(float value, int code, int bits, DoubleUnaryOperator decode) {
    double error = Math.abs(decode.applyAsDouble(code) - value);
    boolean saturated = bits == 8 && Math.abs(value) >= Float8.MAX;
    for (int neighbour : new int[] {code - 1, code + 1}) {
      double other = Math.abs(decode.applyAsDouble(neighbour) - value);
      boolean worse = Double.isNaN(other) || error < other || (error == other && code % 2 == 0);
      assertThat(saturated || worse || (code & ((1 << (bits - 1)) - 1)) == 0)
          .as("%s as %d, seed %d", value, code, SEED)
          .isTrue();
    }
  }
}
