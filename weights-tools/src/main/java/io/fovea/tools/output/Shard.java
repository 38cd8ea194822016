package io.fovea.tools.output;

import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.SafetensorsHeader;
import io.fovea.weights.TensorEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file of a checkpoint to be written.
 *
 * @param file its name
 * @param contents what it holds, in order
 */
record Shard(String file, List<TensorContent> contents) {
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  Shard {
    contents = List.copyOf(contents);
  }

  List<TensorEntry> entries() {
    return contents.stream().flatMap(content -> content.entries().stream()).toList();
  }

  /** The file's bytes before its first tensor. */
  byte[] header() {
    return SafetensorsHeader.encode(entries(), METADATA);
  }

  /** Bytes of its tensors. */
  long dataBytes() {
    return bytes(contents);
  }

  private static long bytes(List<TensorContent> contents) {
    return contents.stream().mapToLong(Shard::bytes).reduce(0, Math::addExact);
  }

  private static long bytes(TensorContent content) {
    return content.entries().stream().mapToLong(TensorEntry::bytes).reduce(0, Math::addExact);
  }

  /**
   * Distributes contents over files of at most {@code maxBytes}, or of one content where that is
   * larger, keeping their order.
   */
  static List<Shard> split(List<TensorContent> contents, long maxBytes) {
    List<List<TensorContent>> files = new ArrayList<>();
    long filled = 0;
    for (TensorContent content : contents) {
      long bytes = bytes(content);
      if (files.isEmpty() || Math.addExact(filled, bytes) > maxBytes) {
        files.add(new ArrayList<>());
        filled = 0;
      }
      files.get(files.size() - 1).add(content);
      filled += bytes;
    }
    List<Shard> shards = new ArrayList<>();
    for (List<TensorContent> file : files) {
      shards.add(new Shard(name(shards.size() + 1, files.size()), file));
    }
    return shards;
  }

  private static String name(int number, int count) {
    return count == 1
        ? CheckpointFiles.SINGLE
        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", number, count);
  }
}
