package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
  @Test
  void encodesEveryCodePointAsTheJdkDoes() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint == Character.MIN_SURROGATE) {
        codePoint = Character.MAX_SURROGATE + 1;
      }
      String text = Character.toString(codePoint);
      byte[] bytes = Utf8.encode(text);
      if (!Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8))
          || Utf8.codePoint(bytes, 0, bytes.length) != codePoint) {
        throw new AssertionError("U+" + Integer.toHexString(codePoint));
      }
    }
  }

  @Test
  void wellFormedIsWhatTheStrictDecoderAccepts() {
    Random random = new Random(11);
    int accepted = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(4)];
      random.nextBytes(bytes);
      if (random.nextBoolean()) { // make well-formed sequences frequent
        bytes[0] |= (byte) 0xC0;
        for (int j = 1; j < bytes.length; j++) {
          bytes[j] = (byte) ((bytes[j] & 0x3F) | 0x80);
        }
      }
      boolean strict = strictlyDecodes(bytes);
      assertThat(Utf8.isWellFormed(bytes, 0, bytes.length))
          .as(HexFormat.of().formatHex(bytes))
          .isEqualTo(strict);
      accepted += strict ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(5_000);
  }

  private static boolean strictlyDecodes(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
