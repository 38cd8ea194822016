package io.fovea.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A safetensors file read whole; apart from the product's reader on purpose. */
final class TensorFile {
  /** One tensor; integers are widened to double, too. */
  @SuppressWarnings("ArrayRecordComponent") // compared by relativeError only
  record Stored(List<Long> shape, double[] values) {}

  private final Map<String, Stored> tensors = new TreeMap<>();

  static TensorFile read(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int length = (int) bytes.getLong(0);
      JsonNode header = new ObjectMapper().readTree(bytes.array(), 8, length);
      TensorFile found = new TensorFile();
      for (Map.Entry<String, JsonNode> entry : header.properties()) {
        if (!entry.getKey().equals("__metadata__")) {
          found.tensors.put(entry.getKey(), tensor(entry.getValue(), bytes, 8 + length));
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stored tensor(JsonNode node, ByteBuffer bytes, int dataStart) {
    List<Long> shape = new ArrayList<>();
    node.get("shape").forEach(size -> shape.add(size.longValue()));
    int at = dataStart + node.get("data_offsets").get(0).intValue();
    String dtype = node.get("dtype").asText();
    double[] values =
        new double[shape.stream().mapToInt(Long::intValue).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (dtype) {
            case "F32" -> bytes.getFloat(at + 4 * i);
            case "BF16" -> Float.intBitsToFloat(bytes.getShort(at + 2 * i) << 16);
            case "I64" -> bytes.getLong(at + 8 * i);
            default -> throw new IllegalStateException("dtype " + dtype);
          };
    }
    return new Stored(shape, values);
  }

  Set<String> names() {
    return tensors.keySet();
  }

  Stored get(String name) {
    Stored stored = tensors.get(name);
    if (stored == null) {
      throw new AssertionError("no tensor " + name + " among " + names());
    }
    return stored;
  }

  /** Values of an integer tensor. */
  int[] ints(String name) {
    double[] values = get(name).values();
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = (int) values[i];
    }
    return ints;
  }

  /** max |a - b| / max |b|; NaN where anything is NaN. */
  static double relativeError(Stored a, Stored b) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < b.values().length; i++) {
      difference = Math.max(difference, Math.abs(a.values()[i] - b.values()[i]));
      largest = Math.max(largest, Math.abs(b.values()[i]));
    }
    return difference / largest;
  }
}
