package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentencePieceModelReaderTest {
  private static final Path FILE = Path.of("model", "tokenizer.model");
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  @TempDir Path folder;

  @Test
  void readsFromAFile() throws IOException {
    Path file = folder.resolve("tokenizer.model");
    Files.write(file, TestModels.bytes("/text/llama.model"));
    assertThat(SentencePieceTokenizer.load(file).vocabularySize()).isEqualTo(700);
  }

  @Test
  void aMissingFileIsNamed() {
    Path missing = folder.resolve("tokenizer.model");
    assertThatThrownBy(() -> SentencePieceTokenizer.load(missing))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void anOversizedFileIsRefusedBeforeItIsRead() throws IOException {
    Path file = folder.resolve("tokenizer.model");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> SentencePieceTokenizer.load(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("1099511627776 bytes");
  }

  @Test
  void theSmallestModelIsThreePieces() {
    SentencePieceTokenizer tokenizer = parse(minimal());
    assertThat(tokenizer.vocabularySize()).isEqualTo(3);
    assertThat(tokenizer.encode("anything")).containsExactly(tokenizer.unknown());
  }

  @Test
  void fieldsUnknownToUsArePassedOver() {
    Message model = minimal();
    model.varint(200, 1).bytes(201, new byte[9]).float32(202, 1).fixed64(203);
    assertThat(parse(model).vocabularySize()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "3, 'word model, only BPE and'",
    "4, 'character model, only BPE and'",
    "9, 'type 9 model, only BPE and'"
  })
  void otherModelTypesAreRefused(int type, String problem) {
    Message model = pieces().bytes(2, new Message().varint(3, type));
    refused(model, "trainer_spec.model_type", problem);
  }

  @Test
  void whatWouldChangeTheResultIsRefused() {
    refused(
        pieces().bytes(2, bpe().varint(24, 1)),
        "trainer_spec.treat_whitespace_as_suffix",
        "not supported");
    refused(
        minimal().bytes(5, new Message().bytes(2, new byte[] {1})),
        "denormalizer_spec",
        "not supported");
  }

  @Test
  void piecesAreChecked() {
    refused(minimal().bytes(1, piece("", NORMAL)), "pieces[3]", "0 bytes long");
    refused(minimal().bytes(1, piece("a".repeat(8000), NORMAL)), "pieces[3]", "8000 bytes long");
    refused(minimal().bytes(1, piece("a\0b", NORMAL)), "pieces[3]", "UTF-8");
    refused(
        minimal().bytes(1, new Message().bytes(1, new byte[] {(byte) 0xC3})), "pieces[3]", "UTF-8");
    refused(minimal().bytes(1, piece("a", 7)), "pieces[3]", "type 7");
    refused(minimal().bytes(1, piece("a", 0)), "pieces[3]", "type 0");
    refused(minimal().bytes(1, piece("a", NORMAL).float32(2, Float.NaN)), "pieces[3]", "NaN");
    refused(minimal().bytes(1, piece("<s>", NORMAL)), "pieces[3]", "repeats the piece '<s>'");
    refused(minimal().bytes(1, piece("<u>", UNKNOWN)), "pieces[3]", "second unknown piece");
  }

  @Test
  void theSpecialPiecesMustBeThere() {
    Message empty = new Message().bytes(2, bpe());
    refused(empty, "pieces", "no unknown piece");
    refused(empty.bytes(1, piece("<unk>", UNKNOWN)), "trainer_spec.bos_piece", "'<s>'");
    refused(empty.bytes(1, piece("<s>", CONTROL)), "trainer_spec.eos_piece", "'</s>'");
    assertThat(parse(empty.bytes(1, piece("</s>", CONTROL))).eos()).isEqualTo(2);
    refused(
        minimal().bytes(2, bpe().bytes(46, "[CLS]".getBytes(StandardCharsets.UTF_8))),
        "trainer_spec.bos_piece",
        "'[CLS]'");
  }

  @Test
  void byteFallbackNeedsAll256BytePieces() {
    refused(minimal().bytes(1, piece("<0x41>", BYTE)), "byte_fallback", "false with 1 byte pieces");
    Message some = minimal().bytes(2, new Message().varint(35, 1));
    for (int value = 0; value < 255; value++) {
      some.bytes(1, piece(String.format("<0x%02X>", value), BYTE));
    }
    refused(some, "byte_fallback", "true with 255 byte pieces");
    assertThat(parse(some.bytes(1, piece("<0xFF>", BYTE))).encode("é"))
        .endsWith(3 + 0xC3, 3 + 0xA9);
  }

  @Test
  void lengthsAreCheckedBeforeTheyAreBelieved() {
    byte[] claim = {0x0A, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07};
    refused(claim, "model", "claims 2147483647 bytes of 0 left");
    byte[] negative = new byte[12];
    Arrays.fill(negative, (byte) 0xFF);
    negative[0] = 0x0A;
    negative[10] = 0x01;
    refused(negative, "model", "claims 18446744073709551615 bytes");
    refused(new byte[] {0x0A}, "model", "ends inside a number");
    refused(new byte[] {0x00}, "model", "begins no field");
    refused(new byte[] {0x0B}, "model", "wire type 3");
    refused(new byte[] {0x08, 0x01}, "model", "wire type 0, wanted 2");
    refused(new byte[] {0x15, 0x01}, "model", "wire type 5, wanted 2");
    byte[] endless = new byte[32];
    Arrays.fill(endless, (byte) 0x80);
    refused(endless, "model", "longer than 10 bytes");
  }

  @Test
  void aCharacterMapMustFitItsBytes() {
    for (byte[] map :
        new byte[][] {
          {1}, {0, 0, 0, 0}, {4, 0, 0, 0}, {8, 0, 0, 0, 0, 0, 0, 0}, {3, 0, 0, 0, 1, 1, 1}
        }) {
      refused(
          minimal().bytes(3, new Message().bytes(2, map)),
          "normalizer_spec.precompiled_charsmap",
          "trie does not fit");
    }
  }

  /** Flipped, cut and inserted bytes: a typed error or a tokenizer that works, nothing else. */
  @ParameterizedTest
  @CsvSource({
    "/text/llama.model, 2000",
    "/text/bare.model, 2000",
    "/text/unigram.model, 2000",
    "/text/nmt.model.gz, 300"
  })
  void damagedModelsNeverDoWorseThanATypedError(String resource, int rounds) {
    byte[] sound = TestModels.bytes(resource);
    int refused = 0;
    for (int seed = 0; seed < rounds; seed++) {
      Random random = new Random(seed);
      byte[] damaged = damage(sound, random);
      try {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.parse(FILE, damaged);
        for (String text : new String[] {"Where is the red circle?", "ﬁ 猫😀  </s>\0\u0301"}) {
          tokenizer.decode(tokenizer.encode(text));
        }
      } catch (ModelLoadException e) {
        refused++;
        assertThat(e).hasMessageStartingWith(FILE + ": ").hasMessageContaining("; use the ");
      } catch (RuntimeException | Error e) {
        throw new AssertionError(resource + ", seed " + seed, e);
      }
    }
    assertThat(refused).isBetween(rounds / 20, rounds - 1);
  }

  private static byte[] damage(byte[] sound, Random random) {
    int at = random.nextBoolean() ? random.nextInt(sound.length) : random.nextInt(2000);
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(sound, at);
      case 1 -> {
        byte[] longer = Arrays.copyOf(sound, sound.length + 1 + random.nextInt(20));
        System.arraycopy(sound, at, longer, at + longer.length - sound.length, sound.length - at);
        yield longer;
      }
      default -> {
        byte[] flipped = sound.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
          flipped[(at + random.nextInt(64)) % sound.length] ^= (byte) (1 << random.nextInt(8));
        }
        yield flipped;
      }
    };
  }

  private static void refused(Message model, String field, String problem) {
    refused(model.toByteArray(), field, problem);
  }

  private static void refused(byte[] model, String field, String problem) {
    assertThatThrownBy(() -> SentencePieceTokenizer.parse(FILE, model))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(FILE + ": ")
        .hasMessageContaining(field)
        .hasMessageContaining(problem)
        .hasMessageEndingWith("use the tokenizer.model published with the model");
  }

  private static SentencePieceTokenizer parse(Message model) {
    return SentencePieceTokenizer.parse(FILE, model.toByteArray());
  }

  private static Message minimal() {
    return pieces().bytes(2, bpe());
  }

  private static Message pieces() {
    return new Message()
        .bytes(1, piece("<unk>", UNKNOWN))
        .bytes(1, piece("<s>", CONTROL))
        .bytes(1, piece("</s>", CONTROL));
  }

  private static Message bpe() {
    return new Message().varint(3, 2);
  }

  private static Message piece(String text, int type) {
    return new Message().bytes(1, text.getBytes(StandardCharsets.UTF_8)).varint(3, type);
  }

  /** Writes one protocol-buffers message. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(int field, int value) {
      number(field << 3);
      number(value);
      return this;
    }

    Message float32(int field, float value) {
      number((field << 3) | 5);
      int bits = Float.floatToIntBits(value);
      for (int shift = 0; shift < 32; shift += 8) {
        out.write(bits >> shift);
      }
      return this;
    }

    Message fixed64(int field) {
      number((field << 3) | 1);
      out.writeBytes(new byte[8]);
      return this;
    }

    Message bytes(int field, byte[] value) {
      number((field << 3) | 2);
      number(value.length);
      out.writeBytes(value);
      return this;
    }

    Message bytes(int field, Message value) {
      return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }

    private void number(int value) {
      for (int rest = value; ; rest >>>= 7) {
        if (rest < 0x80) {
          out.write(rest);
          return;
        }
        out.write((rest & 0x7F) | 0x80);
      }
    }
  }
}
