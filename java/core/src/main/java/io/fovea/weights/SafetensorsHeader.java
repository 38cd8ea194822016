package io.fovea.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The header of a safetensors file: an 8-byte little-endian length, a JSON object of that length,
 * then the tensors' bytes. Nothing in a header that is read is believed before it is checked
 * against the file: lengths, ranges, overlaps, and that shape times element size is the range.
 */
public final class SafetensorsHeader {
  /** The format's own limit on the header, in bytes. */
  public static final long MAX_HEADER_BYTES = 100_000_000;

  private static final String DAMAGED = "the file is damaged: fetch or write it again";

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(1 << 20)
                          .maxNestingDepth(16)
                          .maxDocumentLength(MAX_HEADER_BYTES)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final Path file;
  private final long fileBytes;

  private SafetensorsHeader(Path file, long fileBytes) {
    this.file = file;
    this.fileBytes = fileBytes;
  }

  /**
   * Tensors of the file by name, in the header's order.
   *
   * @throws ModelLoadException naming file, tensor and remedy where the file is not sound
   */
  public static Map<String, StoredTensor> read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return new SafetensorsHeader(file, channel.size()).read(channel);
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "header", "is not valid JSON: " + e.getOriginalMessage(), DAMAGED, e);
    } catch (IOException e) {
      throw new ModelLoadException(
          file, "file", "cannot be read: " + e.getMessage(), "check the path and its rights", e);
    }
  }

  /**
   * A file's bytes up to its first tensor, for tensors that follow each other without gaps. Blanks
   * after the JSON, which the format allows, let the tensors begin at a multiple of 8 bytes.
   *
   * @param metadata free text by key; Python tools want "format" to be "pt"
   */
  public static byte[] encode(List<TensorEntry> tensors, Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = header.putObject("__metadata__");
      metadata.forEach(texts::put);
    }
    long offset = 0;
    for (TensorEntry tensor : tensors) {
      long end = Math.addExact(offset, tensor.bytes());
      ObjectNode node = header.putObject(tensor.name());
      node.put("dtype", tensor.dtype());
      ArrayNode shape = node.putArray("shape");
      tensor.shape().forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer bytes = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.array(); // all of allocate()'s array
  }

  private Map<String, StoredTensor> read(FileChannel channel) throws IOException {
    if (fileBytes < 8) {
      throw bad("header", "the file has " + fileBytes + " bytes, fewer than a header's length");
    }
    long length = readFully(channel, 0, 8).getLong(0);
    if (length < 2 || length > MAX_HEADER_BYTES || length > fileBytes - 8) {
      throw bad(
          "header",
          "its length says " + Long.toUnsignedString(length) + " bytes in a file of " + fileBytes);
    }
    String json = StandardCharsets.UTF_8.decode(readFully(channel, 8, (int) length)).toString();
    JsonNode root = JSON.readTree(json);
    if (root == null || !root.isObject()) {
      throw bad("header", "is not a JSON object");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue(), 8 + length));
      }
    }
    checkOverlaps(tensors);
    return tensors;
  }

  private ByteBuffer readFully(FileChannel channel, long at, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw bad("header", "the file ends inside it");
      }
    }
    return buffer.flip();
  }

  private StoredTensor tensor(String name, JsonNode node, long dataStart) {
    String dtype = Optional.ofNullable(node.get("dtype")).map(JsonNode::asText).orElse("");
    if (!TensorEntry.ELEMENT_BYTES.containsKey(dtype)) {
      throw bad(name, "has the unknown dtype '" + dtype + "'");
    }
    List<Long> shape = longs(name, node, "shape");
    List<Long> range = longs(name, node, "data_offsets");
    if (range.size() != 2) {
      throw bad(name, "has " + range.size() + " data_offsets in place of 2");
    }
    long begin = range.get(0);
    long end = range.get(1);
    if (begin > end || end > fileBytes - dataStart) {
      throw bad(
          name,
          "occupies bytes "
              + begin
              + ".."
              + end
              + " of "
              + (fileBytes - dataStart)
              + ": the file is truncated or its header is wrong");
    }
    if (bytes(name, dtype, shape) != end - begin) {
      throw bad(name, dtype + shape + " does not fill its " + (end - begin) + " bytes");
    }
    return new StoredTensor(name, dtype, shape, dataStart + begin, end - begin);
  }

  private long bytes(String name, String dtype, List<Long> shape) {
    try {
      return new TensorEntry(name, dtype, shape).bytes();
    } catch (ArithmeticException e) {
      throw bad(name, "has a shape too large to count: " + shape);
    }
  }

  private List<Long> longs(String name, JsonNode node, String key) {
    JsonNode array = node.get(key);
    if (array == null || !array.isArray()) {
      throw bad(name, "has no list '" + key + "'");
    }
    List<Long> values = new ArrayList<>();
    for (JsonNode value : array) {
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
        throw bad(name, "has " + value + " in '" + key + "'");
      }
      values.add(value.longValue());
    }
    return List.copyOf(values);
  }

  private void checkOverlaps(Map<String, StoredTensor> tensors) {
    List<StoredTensor> sorted = new ArrayList<>(tensors.values());
    sorted.sort(Comparator.comparingLong(StoredTensor::offset));
    for (int i = 1; i < sorted.size(); i++) {
      StoredTensor before = sorted.get(i - 1);
      if (before.offset() + before.bytes() > sorted.get(i).offset()) {
        throw bad(sorted.get(i).name(), "overlaps " + before.name());
      }
    }
  }

  private ModelLoadException bad(String field, String problem) {
    return new ModelLoadException(file, field, problem, DAMAGED);
  }
}
