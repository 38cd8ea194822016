package io.fovea.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Collects named arrays and writes them as one safetensors file, whole or not at all. */
public final class SafetensorsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to a file, never compared
  private record Entry(String name, String dtype, long[] shape, byte[] data) {}

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
    entries.add(new Entry(name, dtype, shape.clone(), data.array())); // all of buffer()'s array
  }

  /** Names added so far, in order. */
  public List<String> names() {
    return entries.stream().map(Entry::name).toList();
  }

  /** Writes {@code file} beside itself first, then renames it into place. */
  public void write(Path file) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    long offset = 0;
    for (Entry entry : entries) {
      ObjectNode node = header.putObject(entry.name());
      node.put("dtype", entry.dtype());
      for (long size : entry.shape()) {
        node.withArray("shape").add(size);
      }
      node.withArray("shape");
      node.putArray("data_offsets").add(offset).add(offset + entry.data().length);
      offset += entry.data().length;
    }
    byte[] json = padded(JSON.writeValueAsBytes(header));
    Path target = file.toAbsolutePath();
    // Not createTempFile: the file should have the rights of any other new file.
    Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        out.write(buffer(8).putLong(0, json.length).array());
        out.write(json);
        for (Entry entry : entries) {
          out.write(entry.data());
        }
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** The format allows trailing spaces; with them the data starts 8-byte aligned. */
  private static byte[] padded(byte[] json) {
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, " ".getBytes(StandardCharsets.US_ASCII)[0]);
    return padded;
  }
}
