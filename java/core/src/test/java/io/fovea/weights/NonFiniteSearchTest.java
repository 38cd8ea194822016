package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.weights.CheckpointFiles.Located;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NonFiniteSearchTest {
  private static final int BEFORE = 24; // bytes of the file before the tensor

  private static final Map<String, Integer> BYTES =
      Map.of("F64", 8, "F32", 4, "F16", 2, "BF16", 2, "F8_E4M3", 1, "I32", 4);

  @TempDir Path folder;

  /** Elements by their bits, in hexadecimal. */
  @ParameterizedTest
  @CsvSource({
    "F64, 7fefffffffffffff 0 8000000000000000 fff0000000000000, element 3 is infinite",
    "F64, 7ff8000000000000, element 0 is NaN",
    "F32, 7f7fffff ff7fffff 7f800000, element 2 is infinite",
    "F32, 0 ffc00001 7f800000, element 1 is NaN",
    "F16, 7bff fbff fc00, element 2 is infinite",
    "F16, 7c01, element 0 is NaN",
    "BF16, 7f7f 7f80, element 1 is infinite",
    "BF16, ff7f 0 8000 ffc0, element 3 is NaN",
    "F8_E4M3, 7e fe 0 ff, element 3 is NaN",
    "F8_E4M3, 7f, element 0 is NaN",
  })
  void namesTheFirst(String dtype, String elements, String where) throws IOException {
    Located tensor = tensor("w", dtype, elements.split(" "));
    String found = new NonFiniteSearch(List.of(tensor)).first();
    assertThat(found).isEqualTo(tensor.file() + ": w: " + where);
  }

  @ParameterizedTest
  @CsvSource({
    "F64, 7fefffffffffffff 8000000000000000",
    "F32, 7f7fffff ff7fffff 00000001",
    "F16, 7bff fbff 8000",
    "BF16, 7f7f ff7f 1",
    "F8_E4M3, 7e fe 80",
    "I32, 7fc00000 ffffffff", // no floating-point numbers
  })
  void finiteValuesAreNoFault(String dtype, String elements) throws IOException {
    Located tensor = tensor("w", dtype, elements.split(" "));
    assertThat(new NonFiniteSearch(List.of(tensor)).first()).isNull();
  }

  @Test
  void countsThroughManyBlocks() throws IOException {
    int elements = 5_000_000; // 10 MB, blocks are 4 MiB
    ByteBuffer bytes = ByteBuffer.allocate(2 * elements).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort(2 * (elements - 1), (short) 0x7fc0);
    Path file = Files.write(folder.resolve("large"), bytes.array());
    StoredTensor tensor = new StoredTensor("w", "BF16", List.of((long) elements), 0, 2L * elements);
    assertThat(new NonFiniteSearch(List.of(new Located(file, tensor))).first())
        .endsWith("element 4999999 is NaN");
  }

  /** The result stays; a file that has gone is no second failure. */
  @Test
  void searchesOnceAndPassesOverWhatItCannotRead() throws IOException {
    Located sound = tensor("a", "F32", "3f800000");
    Located bad = tensor("b", "F32", "7fc00000");
    Files.delete(sound.file());
    NonFiniteSearch search = new NonFiniteSearch(List.of(sound, bad));
    assertThat(search.first()).contains("b: element 0");
    Files.delete(bad.file());
    assertThat(search.first()).contains("b: element 0");
    assertThat(new NonFiniteSearch(List.of(sound, bad)).first()).isNull();
  }

  @Test
  void aFileCutShortIsPassedOver() throws IOException {
    Located bad = tensor("b", "F32", "0", "7fc00000");
    Files.write(bad.file(), new byte[BEFORE + 2]);
    assertThat(new NonFiniteSearch(List.of(bad)).first()).isNull();
  }

  private Located tensor(String name, String dtype, String... elements) throws IOException {
    int size = BYTES.getOrDefault(dtype, 0);
    ByteBuffer bytes = ByteBuffer.allocate(BEFORE + size * elements.length + 8);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements.length; i++) {
      long bits = Long.parseUnsignedLong(elements[i], 16);
      for (int b = 0; b < size; b++) {
        bytes.put(BEFORE + size * i + b, (byte) (bits >>> (8 * b)));
      }
    }
    Path file = Files.write(folder.resolve(name), bytes.array());
    List<Long> shape = List.of((long) elements.length);
    return new Located(
        file, new StoredTensor(name, dtype, shape, BEFORE, (long) size * elements.length));
  }
}
