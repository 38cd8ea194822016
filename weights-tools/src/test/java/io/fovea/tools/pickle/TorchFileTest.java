package io.fovea.tools.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that are damaged, or of another kind than PyTorch writes. */
class TorchFileTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/torch");

  @TempDir Path folder;

  @Test
  void compressedPartsAreRefused() throws IOException {
    Path file = folder.resolve("deflated.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> part : parts("zip.pt").entrySet()) {
        zip.putNextEntry(new ZipEntry(part.getKey()));
        zip.write(part.getValue());
      }
    }
    assertThat(TorchSource.recognises(file)).isTrue();
    refused(file, "zip/byteorder: is compressed");
  }

  @Test
  void bigEndianFilesAreRefused() throws IOException {
    Map<String, byte[]> parts = parts("zip.pt");
    parts.put("zip/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
    refused(archive(parts), "zip/byteorder: is 'big'");
  }

  @Test
  void storagesMustBeThereAndLongEnough() throws IOException {
    Map<String, byte[]> parts = parts("zip.pt");
    byte[] first = Objects.requireNonNull(parts.get("zip/data/0"));
    parts.put("zip/data/0", Arrays.copyOf(first, first.length - 1));
    refused(archive(parts), "zip/data/0: 60 F32 do not fit into its 239 bytes");
    parts.remove("zip/data/0");
    refused(archive(parts), "its storage '0' is not in the file");
  }

  @Test
  void archivesWithoutPickle() throws IOException {
    Map<String, byte[]> parts = parts("zip.pt");
    byte[] pickle = parts.remove("zip/data.pkl");
    refused(archive(parts), "is in the archive 0 times");
    parts.put("a/data.pkl", pickle);
    parts.put("b/data.pkl", pickle);
    refused(archive(parts), "is in the archive 2 times");
  }

  @Test
  void otherFilesAreNotRecognised() throws IOException {
    Path file = folder.resolve("other.bin");
    assertThat(TorchSource.recognises(file)).isFalse();
    assertThat(TorchSource.recognises(folder)).isFalse();
    Files.writeString(file, "");
    assertThat(TorchSource.recognises(file)).isFalse();
    Files.writeString(file, "no checkpoint at all");
    assertThat(TorchSource.recognises(file)).isFalse();
    refused(file, "was not written by torch.save");
    refused(folder.resolve("absent.pt"), "cannot be read");
  }

  @Test
  void valuesThatAreNoStateDict() throws IOException {
    refused(archive(pickle("K\1.")), "data: is no dictionary");
    refused(archive(pickle("}X\1\0\0\0wK\1s.")), "w: is no named tensor");
    refused(archive(pickle("}K\1K\1s.")), "is no named tensor");
  }

  /** Sizes and offsets beyond 32 bits stand in an extra field; here small ones are put there. */
  @Test
  void sixtyFourBitDirectory() throws IOException {
    byte[] content = "}.".getBytes(StandardCharsets.US_ASCII);
    byte[] name = "a/data.pkl".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer zip = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).position(26);
    zip.putShort((short) name.length).putShort((short) 0).put(name).put(content);
    int directory = zip.position();
    zip.putInt(0x02014b50).position(directory + 20);
    zip.putInt(-1).putInt(-1).putShort((short) name.length).putShort((short) (4 + 24));
    zip.position(directory + 42);
    zip.putInt(-1).put(name).putShort((short) 1).putShort((short) 24);
    zip.putLong(content.length).putLong(content.length).putLong(0);
    int end64 = zip.position();
    zip.putInt(0x06064b50).position(end64 + 40);
    zip.putLong(end64 - directory).putLong(directory);
    int locator = zip.position();
    zip.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
    zip.putInt(0x06054b50).position(locator + 20 + 8);
    zip.putShort((short) -1).putShort((short) -1).putInt(-1).putInt(-1).putShort((short) 0);
    byte[] bytes = Arrays.copyOf(zip.array(), zip.position());
    Path file = Files.write(folder.resolve("zip64.pt"), bytes);
    try (TorchSource source = TorchSource.open(file)) {
      assertThat(source.tensors()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip.pt", "legacy.pt", "training.pt"})
  void truncatedFilesAreRefused(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(FILES.resolve(name));
    Path file = folder.resolve(name);
    for (int length = 0; length < bytes.length; length += 1 + length / 50) {
      Files.write(file, Arrays.copyOf(bytes, length));
      refused(file, name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip.pt", "legacy.pt", "training.pt"})
  void mutatedFilesAreReadOrRefused(String name) throws IOException {
    byte[] sound = Files.readAllBytes(FILES.resolve(name));
    Path file = folder.resolve(name);
    int refusals = 0;
    for (long seed = 0; seed < 600; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      refusals += readsOrRefuses(file, seed) ? 0 : 1;
    }
    assertThat(refusals).isPositive();
  }

  private static boolean readsOrRefuses(Path file, long seed) {
    try (TorchSource source = TorchSource.open(file)) {
      for (SourceTensor tensor : source.tensors()) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.read(0, values, values.length);
      }
      return true;
    } catch (ModelLoadException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  private static void refused(Path file, String message) {
    assertThatThrownBy(() -> TorchSource.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  private static Map<String, byte[]> parts(String name) throws IOException {
    Map<String, byte[]> parts = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(FILES.resolve(name).toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        if (!entry.getName().contains("/.")) {
          parts.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
        }
      }
    }
    // Java's own reader asks for no order; ours reads the byte order first.
    Map<String, byte[]> ordered = new LinkedHashMap<>();
    ordered.put("zip/byteorder", parts.get("zip/byteorder"));
    ordered.putAll(parts);
    return ordered;
  }

  private static Map<String, byte[]> pickle(String content) {
    return Map.of("a/data.pkl", content.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A zip file of {@code parts}, stored as they are. */
  private Path archive(Map<String, byte[]> parts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> part : parts.entrySet()) {
        ZipEntry entry = new ZipEntry(part.getKey());
        CRC32 crc = new CRC32();
        crc.update(part.getValue());
        entry.setSize(part.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(part.getValue());
      }
    }
    return Files.write(folder.resolve("archive.pt"), bytes.toByteArray());
  }
}
