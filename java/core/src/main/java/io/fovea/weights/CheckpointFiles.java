package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The tensors of a Hugging Face directory and the files that hold them: one safetensors file, or
 * shards named by an index. Only headers are read.
 */
public final class CheckpointFiles {
  /** Names the shard of each tensor, where there are several. */
  public static final String INDEX = "model.safetensors.index.json";

  /** The usual name of weights in one file. */
  public static final String SINGLE = "model.safetensors";

  private static final long MAX_INDEX_BYTES = 100_000_000; // as a safetensors header

  private CheckpointFiles() {}

  /** A tensor and its file. */
  public record Located(Path file, StoredTensor tensor) {
    private static final int MAX_BYTES = 1 << 16;

    /**
     * The stored bytes of a small tensor, such as one scale.
     *
     * @throws ModelLoadException where it is not small, or the file cannot be read
     */
    public byte[] bytes() {
      if (tensor.bytes() > MAX_BYTES) {
        throw new ModelLoadException(
            file, tensor.name(), "has " + tensor.bytes() + " bytes", "check the file");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
      try (FileChannel channel = FileChannel.open(file)) {
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, tensor.offset() + bytes.position()) < 0) {
            throw new IOException("the file ends inside " + tensor.name());
          }
        }
        return bytes.array(); // all of allocate()'s array
      } catch (IOException e) {
        throw new ModelLoadException(
            file, "file", "cannot be read: " + e.getMessage(), "check the path and its rights", e);
      }
    }
  }

  /**
   * Tensors by name, in file order; with an index, in its order.
   *
   * @throws ModelLoadException naming file, tensor and remedy where anything is missing, damaged or
   *     contradicts the index
   */
  public static Map<String, Located> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException(
          directory, "directory", "does not exist", "name a Hugging Face model directory");
    }
    return Files.exists(directory.resolve(INDEX)) ? indexed(directory) : single(directory);
  }

  private static Map<String, Located> single(Path directory) {
    Map<String, Located> tensors = new LinkedHashMap<>();
    addAll(tensors, onlyFile(directory));
    return tensors;
  }

  private static Path onlyFile(Path directory) {
    Path usual = directory.resolve(SINGLE);
    if (Files.exists(usual)) {
      return usual;
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      if (found.size() == 1) {
        return found.get(0);
      }
      throw new ModelLoadException(
          directory,
          SINGLE,
          "is missing" + (found.isEmpty() ? "" : ", and " + found.size() + " files could be meant"),
          "shards need the " + INDEX + " they were published with");
    } catch (IOException e) {
      throw new ModelLoadException(
          directory, "directory", "cannot be listed: " + e.getMessage(), "check its rights", e);
    }
  }

  private static Map<String, Located> indexed(Path directory) {
    Path index = directory.resolve(INDEX);
    Map<String, String> fileOf = weightMap(index);
    Map<String, Located> stored = new LinkedHashMap<>();
    Set<String> shards = new TreeSet<>(fileOf.values());
    for (String shard : shards) {
      Path file = shard(index, shard);
      if (!Files.isRegularFile(file)) {
        throw new ModelLoadException(file, "shard", "is missing", "fetch it again: " + index);
      }
      addAll(stored, file);
    }
    Map<String, Located> tensors = new LinkedHashMap<>();
    fileOf.forEach(
        (name, shard) -> {
          Located located = stored.get(name);
          if (located == null || !located.file().equals(directory.resolve(shard))) {
            throw new ModelLoadException(
                directory.resolve(shard),
                name,
                "is not in the file that the index names",
                "fetch the shard and the index of one version");
          }
          tensors.put(name, located);
        });
    return tensors;
  }

  /**
   * A shard that an index names.
   *
   * @throws ModelLoadException where the name is no plain file name
   */
  public static Path shard(Path index, String name) {
    try {
      Path file = Path.of(name);
      if (file.equals(file.getFileName())) {
        return index.resolveSibling(file);
      }
    } catch (InvalidPathException e) {
      // not a name that a file can have
    }
    throw new ModelLoadException(
        index, "weight_map", "names '" + name + "', not a file beside it", "mend the index");
  }

  /**
   * Which shard holds each tensor, by an index file of safetensors or PyTorch shards.
   *
   * @throws ModelLoadException where the index is damaged or names nothing
   */
  public static Map<String, String> weightMap(Path index) {
    Map<String, String> fileOf = new LinkedHashMap<>();
    JsonNode map = JsonFile.read(index, MAX_INDEX_BYTES, "fetch it again").path("weight_map");
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      fileOf.put(entry.getKey(), entry.getValue().asText());
    }
    if (fileOf.isEmpty()) {
      throw new ModelLoadException(index, "weight_map", "is missing or empty", "fetch it again");
    }
    return fileOf;
  }

  private static void addAll(Map<String, Located> tensors, Path file) {
    SafetensorsHeader.read(file)
        .forEach(
            (name, tensor) -> {
              Located before = tensors.put(name, new Located(file, tensor));
              if (before != null) {
                throw new ModelLoadException(
                    file, name, "is also in " + before.file(), "remove one of the files");
              }
            });
  }
}
