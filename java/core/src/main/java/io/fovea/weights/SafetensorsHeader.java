package io.fovea.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: an 8-byte little-endian length, a JSON object of that length,
 * then the tensors' bytes. Nothing in a header that is read is believed before it is checked
 * against the file: lengths, ranges, gaps, overlaps, and that shape times element size is the
 * range. Verdicts are those of the safetensors library, but that a dtype of no known size is left
 * to who uses the tensor.
 */
public final class SafetensorsHeader {
  /** The format's own limit on the header, in bytes. */
  public static final long MAX_HEADER_BYTES = 100_000_000;

  private static final String DAMAGED = "the file is damaged: fetch or write it again";

  private static final ObjectMapper JSON = new ObjectMapper();

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
    Downloads.check(file);
    try (FileChannel channel = FileChannel.open(file)) {
      return new SafetensorsHeader(file, channel.size()).read(channel);
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "header", "is not valid JSON of a header: " + e.getOriginalMessage(), DAMAGED, e);
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
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    HeaderJson.parse(text(readFully(channel, 8, (int) length)))
        .forEach((name, entry) -> tensors.put(name, tensor(name, entry, 8 + length)));
    checkCoverage(tensors, 8 + length);
    return tensors;
  }

  private String text(ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw bad("header", "is not UTF-8");
    }
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

  private StoredTensor tensor(String name, HeaderJson.Entry entry, long dataStart) {
    long begin = entry.begin();
    long end = entry.end();
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
    // Of elements that a later version of the format may know, the range alone is certain.
    if (TensorEntry.isKnown(entry.dtype()) && bytes(name, entry) != end - begin) {
      throw bad(
          name, entry.dtype() + entry.shape() + " does not fill its " + (end - begin) + " bytes");
    }
    return new StoredTensor(name, entry.dtype(), entry.shape(), dataStart + begin, end - begin);
  }

  private long bytes(String name, HeaderJson.Entry entry) {
    try {
      return new TensorEntry(name, entry.dtype(), entry.shape()).bytes();
    } catch (ArithmeticException e) {
      throw bad(name, "has a shape that takes no countable number of bytes: " + entry.shape());
    }
  }

  /**
   * As the safetensors library wants it: in the order of their offsets, tensors follow each other
   * without gaps from the first byte of the data to the last of the file. One without elements may
   * begin wherever another begins or ends.
   */
  private void checkCoverage(Map<String, StoredTensor> tensors, long dataStart) {
    List<StoredTensor> sorted = new ArrayList<>(tensors.values());
    sorted.sort(
        Comparator.comparingLong(StoredTensor::offset).thenComparingLong(StoredTensor::bytes));
    long at = dataStart;
    String before = "the header";
    for (StoredTensor tensor : sorted) {
      if (tensor.offset() < at) {
        throw bad(tensor.name(), "overlaps " + before);
      }
      if (tensor.offset() > at) {
        throw bad(
            tensor.name(),
            "begins " + (tensor.offset() - at) + " bytes after the end of " + before);
      }
      at += tensor.bytes();
      before = tensor.name();
    }
    if (at != fileBytes) {
      throw bad(
          "header", "leaves the last " + (fileBytes - at) + " bytes of the file to no tensor");
    }
  }

  private ModelLoadException bad(String field, String problem) {
    return new ModelLoadException(file, field, problem, DAMAGED);
  }
}
