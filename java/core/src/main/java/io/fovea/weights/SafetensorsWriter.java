package io.fovea.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Collects named arrays and writes them as one safetensors file, whole or not at all. */
public final class SafetensorsWriter {
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to a file, never compared
  private record Entry(TensorEntry tensor, byte[] data) {}

  private final List<Entry> entries = new ArrayList<>();

  /** Adds an F32 tensor; {@code values} row-major. */
  public void add(String name, float[] values, long... shape) {
    ByteBuffer data = buffer(Math.multiplyExact(values.length, 4));
    data.asFloatBuffer().put(values);
    add(name, "F32", data, values.length, shape);
  }

  /** Adds an I64 tensor; {@code values} row-major. */
  public void add(String name, long[] values, long... shape) {
    ByteBuffer data = buffer(Math.multiplyExact(values.length, 8));
    data.asLongBuffer().put(values);
    add(name, "I64", data, values.length, shape);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void add(String name, String dtype, ByteBuffer data, int length, long[] shape) {
    if (Arrays.stream(shape).reduce(1, Math::multiplyExact) != length) {
      throw new IllegalArgumentException(
          name + ": " + length + " values are not " + Arrays.toString(shape));
    }
    List<Long> sizes = Arrays.stream(shape).boxed().toList();
    TensorEntry tensor = new TensorEntry(name, dtype, sizes);
    entries.add(new Entry(tensor, data.array())); // all of buffer()'s array
  }

  /** Names added so far, in order. */
  public List<String> names() {
    return entries.stream().map(entry -> entry.tensor().name()).toList();
  }

  /** Writes {@code file} beside itself first, then renames it into place. */
  public void write(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    // Not createTempFile: the file should have the rights of any other new file.
    Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        List<TensorEntry> tensors = entries.stream().map(Entry::tensor).toList();
        out.write(SafetensorsHeader.encode(tensors, Map.of()));
        for (Entry entry : entries) {
          out.write(entry.data());
        }
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
