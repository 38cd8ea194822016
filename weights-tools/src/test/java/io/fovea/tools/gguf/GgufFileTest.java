package io.fovea.tools.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers as they should not be. */
class GgufFileTest {
  private static final Path PAIR =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/gguf/pair");

  @TempDir Path folder;

  /** A file with one key "k" of the given type and value. */
  private Path entry(int type, Consumer<ByteBuffer> value) throws IOException {
    return file(
        0,
        1,
        buffer -> {
          string(buffer, "k");
          value.accept(buffer.putInt(type));
        });
  }

  /** A file with one tensor "t"; sizes innermost first. */
  private Path tensor(int type, long offset, int dataBytes, long... sizes) throws IOException {
    Path file =
        file(
            1,
            0,
            buffer -> {
              string(buffer, "t");
              buffer.putInt(sizes.length);
              for (long size : sizes) {
                buffer.putLong(size);
              }
              buffer.putInt(type).putLong(offset);
            });
    byte[] header = Files.readAllBytes(file);
    return Files.write(file, Arrays.copyOf(header, (header.length + 31) / 32 * 32 + dataBytes));
  }

  private Path file(long tensors, long entries, Consumer<ByteBuffer> rest) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(GgufFile.MAGIC).putInt(3).putLong(tensors).putLong(entries);
    rest.accept(buffer);
    return Files.write(
        folder.resolve("file.gguf"), Arrays.copyOf(buffer.array(), buffer.position()));
  }

  private static void string(ByteBuffer buffer, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buffer.putLong(bytes.length).put(bytes);
  }

  private static void refused(Path file, String message) {
    assertThatThrownBy(() -> GgufFile.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void everyTypeOfValue() throws IOException {
    Path file =
        file(
            0,
            5,
            buffer -> {
              string(buffer, "u8");
              buffer.putInt(0).put((byte) 255);
              string(buffer, "i16");
              buffer.putInt(3).putShort((short) -2);
              string(buffer, "f64");
              buffer.putInt(12).putDouble(0.5);
              string(buffer, "flag");
              buffer.putInt(7).put((byte) 1);
              string(buffer, "list");
              buffer.putInt(9).putInt(8).putLong(2);
              string(buffer, "a");
              string(buffer, "\u2581");
            });
    try (GgufFile gguf = GgufFile.open(file)) {
      GgufMetadata metadata = gguf.metadata();
      assertThat(metadata.integer("u8")).isEqualTo(255);
      assertThat(metadata.integer("i16")).isEqualTo(-2);
      assertThat(metadata.real("f64")).isEqualTo(0.5f);
      assertThat(metadata.flag("flag", false)).isTrue();
      assertThat(metadata.texts("list")).containsExactly("a", "\u2581");
      assertThatThrownBy(() -> metadata.count("i16")).hasMessageContaining("i16: is -2");
      assertThatThrownBy(() -> metadata.text("u8")).hasMessageContaining("u8: is no Text");
      assertThatThrownBy(() -> metadata.reals("list")).hasMessageContaining("is no Real");
      assertThatThrownBy(() -> metadata.real("absent")).hasMessageContaining("absent: is missing");
    }
  }

  @Test
  void otherMagicAndVersions() throws IOException {
    Path file = folder.resolve("file.gguf");
    Files.write(file, new byte[100]);
    refused(file, "magic: is not GGUF");
    Files.write(file, new byte[] {'G', 'G', 'U', 'F', 1, 0, 0, 0});
    refused(file, "version: is 1");
    Files.write(file, new byte[] {'G', 'G', 'U', 'F', 0, 0, 0, 3});
    refused(file, "big-endian");
    refused(folder.resolve("absent.gguf"), "cannot be read");
  }

  @Test
  void countsThatAreNotBelieved() throws IOException {
    refused(file(-1, 0, buffer -> {}), "tensor count");
    refused(file(0, Long.MAX_VALUE, buffer -> {}), "metadata count");
    refused(file(0, 1, buffer -> {}), "the file ends");
    refused(file(0, 1, buffer -> buffer.putLong(-1)), "a string has 18446744073709551615 bytes");
    refused(file(0, 1, buffer -> buffer.putLong(1 << 20)), "the file ends");
    refused(entry(9, buffer -> buffer.putInt(0).putLong(-1)), "has 18446744073709551615 values");
    refused(entry(9, buffer -> buffer.putInt(0).putLong(1 << 20)), "has 1048576 values");
    refused(entry(9, buffer -> buffer.putInt(99).putLong(1)), "has 1 values");
    refused(entry(9, buffer -> buffer.putInt(99).putLong(1).putLong(0)), "unknown type 99");
    refused(entry(13, buffer -> {}), "unknown type 13");
    refused(entry(9, GgufFileTest::nest), "nested deeper than 4");
    refused(entry(8, buffer -> buffer.putLong(1).put((byte) 0xff)), "not UTF-8");
  }

  private static void nest(ByteBuffer buffer) {
    for (int i = 0; i < 100; i++) {
      buffer.putInt(9).putLong(1);
    }
  }

  @Test
  void tensorsThatDoNotFit() throws IOException {
    try (GgufFile file = GgufFile.open(tensor(0, 0, 24, 3, 2))) {
      assertThat(Objects.requireNonNull(file.tensors().get("t")).shape()).containsExactly(2L, 3L);
    }
    refused(tensor(0, 0, 23, 3, 2), "t: its 24 bytes at 0 do not fit");
    refused(tensor(0, 32, 24, 3, 2), "t: its 24 bytes at 32 do not fit");
    refused(tensor(0, 8, 64, 3, 2), "t: its 24 bytes at 8 do not fit"); // not aligned
    refused(tensor(0, -32, 64, 3, 2), "at -32 do not fit");
    refused(tensor(0, Long.MAX_VALUE - 31, 64, 3, 2), "do not fit");
    refused(tensor(0, 0, 24, -3, 2), "t: has the shape [2, -3]");
    refused(tensor(0, 0, 24, 1L << 40, 1L << 40), "too large to count");
    refused(tensor(0, 0, 24, 1L << 61), "too large to count");
    refused(tensor(8, 0, 34, 31), "t: has the shape [31] in Q8_0");
    refused(tensor(0, 0, 24, 1, 1, 1, 1, 1), "t: has 5 dimensions");
    refused(tensor(-1, 0, 99, 256), "t: is of the unknown type 4294967295");
  }

  @ParameterizedTest
  @CsvSource({"17, IQ2_XS", "10, Q2_K", "34, TQ1_0", "35, TQ2_0", "39, MXFP4", "24, I8"})
  void typesThatAreNotReadAreNamed(int number, String type) throws IOException {
    Path file = tensor(number, 0, 99, 256);
    assertThatThrownBy(() -> GgufFile.open(file))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("GGUF's type " + type + " (t; ")
        .hasMessageContaining("'./fovea quantize ORIGINAL --out OUT'");
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "2097152"})
  void alignment(int alignment) throws IOException {
    Path file =
        file(
            0,
            1,
            buffer -> {
              string(buffer, GgufFile.ALIGNMENT_KEY);
              buffer.putInt(5).putInt(alignment);
            });
    refused(file, "general.alignment: is " + alignment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-F16.gguf", "mmproj-tiny-F16.gguf"})
  void truncatedFilesAreRefused(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(PAIR.resolve(name));
    Path file = folder.resolve(name);
    for (int length = 0; length < bytes.length - 31; length += 1 + length / 50) {
      Files.write(file, Arrays.copyOf(bytes, length));
      refused(file, name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-F16.gguf", "mmproj-tiny-F16.gguf"})
  void mutatedPairsAreReadOrRefused(String name) throws IOException {
    byte[] sound = Files.readAllBytes(PAIR.resolve(name));
    int headerBytes = 3000;
    Path file = folder.resolve(name);
    int refusals = 0;
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        int place = random.nextInt(random.nextBoolean() ? headerBytes : bytes.length);
        bytes[place] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      refusals += readsOrRefuses(name, file, seed) ? 0 : 1;
    }
    assertThat(refusals).isPositive();
  }

  private static boolean readsOrRefuses(String name, Path file, long seed) {
    boolean isModel = name.startsWith("tiny");
    Path model = isModel ? file : PAIR.resolve("tiny-F16.gguf");
    Path projector = isModel ? PAIR.resolve("mmproj-tiny-F16.gguf") : file;
    try (GgufSource source = GgufSource.open(model, projector)) {
      source.companions();
      for (SourceTensor tensor : source.tensors()) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.read(0, values, values.length);
      }
      return true;
    } catch (FoveaException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
