package io.fovea.tools.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quantised bytes against those that llama.cpp's gguf package writes (gguf_fixtures.py). */
class GgmlEncoderTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/gguf");

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_0"})
  void bytesAreTheSame(GgmlType type) throws IOException, GgmlEncoder.RangeException {
    JsonNode expected = new ObjectMapper().readTree(FILES.resolve("types.json").toFile());
    JsonNode bits = expected.get("plain").get("bits");
    float[] values = new float[bits.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(bits.get(i).intValue());
    }
    ByteBuffer out = buffer(2 * values.length);
    GgmlEncoder.encode(type, values, values.length, out);
    JsonNode wanted = expected.get("plain." + type).get("bytes");
    assertThat(out.position()).isEqualTo(wanted.size());
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(out.get(i) & 0xff).as("byte %d", i).isEqualTo(wanted.get(i).intValue());
    }
  }

  @Test
  void valuesThatATypeCannotHold() throws GgmlEncoder.RangeException {
    assertThatThrownBy(() -> encode(GgmlType.F16, 65520))
        .isInstanceOf(GgmlEncoder.RangeException.class)
        .hasMessageContaining("65520");
    assertThat(encode(GgmlType.F16, 65519).getShort(0)).isEqualTo((short) 0x7bff);
    assertThat(encode(GgmlType.F16, Float.NEGATIVE_INFINITY).getShort(0)).isEqualTo((short) 0xfc00);
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1e30f}) {
      assertThatThrownBy(() -> encode(GgmlType.Q8_0, value))
          .isInstanceOf(GgmlEncoder.RangeException.class);
      assertThatThrownBy(() -> encode(GgmlType.Q4_0, value))
          .isInstanceOf(GgmlEncoder.RangeException.class);
    }
    assertThatThrownBy(() -> encode(GgmlType.Q6_K, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  /** A block whose first value is {@code first}. */
  private static ByteBuffer encode(GgmlType type, float first) throws GgmlEncoder.RangeException {
    float[] values = new float[32];
    values[0] = first;
    ByteBuffer out = buffer(64);
    GgmlEncoder.encode(type, values, values.length, out);
    return out;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
