package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.BinaryFile;
import io.fovea.weights.QuantizationScheme;
import io.fovea.weights.StoredScheme;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file, version 2 or 3, little-endian (ggml's docs/gguf.md): magic, version, counts, the
 * metadata, the tensors' names, sizes, types and places, then from the next aligned byte on their
 * values.
 */
final class GgufFile implements Closeable {
  /** The first four bytes of every file, "GGUF". */
  static final int MAGIC = 0x46554747;

  static final String ALIGNMENT_KEY = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int MAX_ENTRIES = 1 << 16;
  private static final int MAX_RANK = 4;

  private final BinaryFile file;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors;

  private GgufFile(BinaryFile file, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
    this.file = file;
    this.metadata = metadata;
    this.tensors = tensors;
  }

  /** Whether {@code path} is a file that begins as a GGUF file does. */
  static boolean isGguf(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (BinaryFile file = BinaryFile.open(path)) {
      return file.size() >= 4 && file.read(0, 4).getInt(0) == MAGIC;
    } catch (IOException | ModelLoadException e) {
      return false;
    }
  }

  /**
   * Reads the header and checks that every tensor lies within the file.
   *
   * @throws ModelLoadException where the file is damaged or of another version
   */
  static GgufFile open(Path path) {
    BinaryFile file = BinaryFile.open(path);
    try {
      return new Header(file).read();
    } catch (IOException e) {
      file.close();
      throw new ModelLoadException(
          path, "file", "cannot be read: " + e.getMessage(), "check the disk and its rights", e);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  Path path() {
    return file.path();
  }

  GgufMetadata metadata() {
    return metadata;
  }

  /** Tensors by their names in the file, in its order. */
  Map<String, GgufTensor> tensors() {
    return tensors;
  }

  @Override
  public void close() {
    file.close();
  }

  /** A tensor as the header describes it; its offset counts from the end of the header. */
  private record Entry(String name, GgmlType type, List<Long> shape, long offset) {}

  private static final class Header {
    private final BinaryFile file;
    private final GgufInput in;

    Header(BinaryFile file) {
      this.file = file;
      this.in = new GgufInput(file);
    }

    GgufFile read() throws IOException {
      if (in.u4("magic") != MAGIC) {
        throw new ModelLoadException(file.path(), "magic", "is not GGUF", "name a GGUF file");
      }
      int version = in.u4("version");
      if (version != 2 && version != 3) {
        String order = Integer.reverseBytes(version) == 3 ? " (a big-endian file)" : "";
        throw new ModelLoadException(
            file.path(),
            "version",
            "is " + Integer.toUnsignedString(version) + order + ", 2 and 3 are read",
            "convert the model again with a current llama.cpp");
      }
      int tensorCount = count("tensor count");
      int entryCount = count("metadata count");
      GgufMetadata metadata = metadata(entryCount);
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < tensorCount; i++) {
        entries.add(entry(i));
      }
      return new GgufFile(file, metadata, place(entries, metadata));
    }

    private int count(String field) throws IOException {
      long count = in.u8(field);
      if (count < 0 || count > MAX_ENTRIES) {
        throw in.bad(field, "is " + Long.toUnsignedString(count) + ", at most " + MAX_ENTRIES);
      }
      return (int) count;
    }

    private GgufMetadata metadata(int count) throws IOException {
      Map<String, GgufValue> values = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String key = in.string("metadata key " + i);
        if (values.put(key, in.value(key, in.u4(key))) != null) {
          throw in.bad(key, "is there twice");
        }
      }
      return new GgufMetadata(file.path(), values);
    }

    private Entry entry(int index) throws IOException {
      String name = in.string("tensor " + index);
      int rank = in.u4(name);
      if (rank < 0 || rank > MAX_RANK) {
        throw in.bad(name, "has " + Integer.toUnsignedString(rank) + " dimensions");
      }
      List<Long> shape = new ArrayList<>();
      for (int i = 0; i < rank; i++) {
        shape.add(0, in.u8(name)); // stored innermost first
      }
      int number = in.u4(name);
      GgmlType type =
          GgmlType.of(number)
              .orElseThrow(
                  () -> in.bad(name, "is of the unknown type " + Integer.toUnsignedString(number)));
      return new Entry(name, type, List.copyOf(shape), in.u8(name));
    }

    private Map<String, GgufTensor> place(List<Entry> entries, GgufMetadata metadata) {
      long alignment = metadata.integer(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
      if (alignment < 1 || alignment > 1 << 20) {
        throw in.bad(ALIGNMENT_KEY, "is " + alignment);
      }
      long data = (in.position() + alignment - 1) / alignment * alignment;
      Map<String, GgufTensor> tensors = new LinkedHashMap<>();
      for (Entry entry : entries) {
        if (tensors.put(entry.name(), place(entry, data, alignment)) != null) {
          throw in.bad(entry.name(), "is there twice");
        }
      }
      return tensors;
    }

    private GgufTensor place(Entry entry, long data, long alignment) {
      GgmlType type = entry.type();
      if (!type.isReadable()) {
        String evidence =
            entry.name()
                + "; F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 and Q4_K to Q6_K are read";
        throw StoredScheme.refused(QuantizationScheme.UNKNOWN, "GGUF's type " + type, evidence)
            .refusal(file.path());
      }
      long bytes = bytes(entry);
      boolean aligned = entry.offset() >= 0 && entry.offset() % alignment == 0;
      if (!aligned || entry.offset() > file.size() || !file.holds(data + entry.offset(), bytes)) {
        throw in.bad(
            entry.name(),
            "its %d bytes at %d do not fit into the file".formatted(bytes, entry.offset()));
      }
      return new GgufTensor(file, entry.name(), entry.shape(), type, data + entry.offset(), bytes);
    }

    private long bytes(Entry entry) {
      int block = entry.type().blockElements();
      List<Long> shape = entry.shape();
      long row = shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
      if (shape.stream().anyMatch(size -> size < 0) || row % block != 0) {
        throw in.bad(entry.name(), "has the shape " + shape + " in " + entry.type());
      }
      try {
        long elements = shape.stream().reduce(1L, Math::multiplyExact);
        return Math.multiplyExact(elements / block, entry.type().blockBytes());
      } catch (ArithmeticException e) {
        throw in.bad(entry.name(), "has a shape too large to count: " + shape);
      }
    }
  }
}
