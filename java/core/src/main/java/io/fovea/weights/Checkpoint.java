package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The weights of a Hugging Face directory: one safetensors file, or shards named by an index. Files
 * are mapped, not read; tensors are views of the mapping and end when it is closed.
 */
public final class Checkpoint implements Weights, AutoCloseable {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, DType> FLOATS =
      Map.of("F32", DType.F32, "BF16", DType.BF16, "F16", DType.F16);

  private record Located(Path file, StoredTensor tensor) {}

  private final DeviceMemory memory;
  private final Path directory;
  private final Map<String, Located> tensors;
  private final Map<Path, DeviceMemory.Mapping> mappings = new LinkedHashMap<>();

  private Checkpoint(DeviceMemory memory, Path directory, Map<String, Located> tensors) {
    this.memory = memory;
    this.directory = directory;
    this.tensors = tensors;
  }

  /**
   * Reads and checks the headers of all files of {@code directory}.
   *
   * @throws ModelLoadException naming file, tensor and remedy where anything is missing or damaged
   */
  public static Checkpoint open(Path directory, DeviceMemory memory) {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException(
          directory, "directory", "does not exist", "name a Hugging Face model directory");
    }
    Map<String, Located> tensors =
        Files.exists(directory.resolve(INDEX)) ? indexed(directory) : single(directory);
    return new Checkpoint(memory, directory, tensors);
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
      Path file = directory.resolve(shard);
      if (!Path.of(shard).equals(Path.of(shard).getFileName())) {
        throw new ModelLoadException(
            index, "weight_map", "names '" + shard + "', not a file beside it", "mend the index");
      }
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

  private static Map<String, String> weightMap(Path index) {
    Map<String, String> fileOf = new LinkedHashMap<>();
    try {
      JsonNode map = JSON.readTree(index.toFile()).path("weight_map");
      for (Map.Entry<String, JsonNode> entry : map.properties()) {
        fileOf.put(entry.getKey(), entry.getValue().asText());
      }
    } catch (IOException e) {
      throw new ModelLoadException(
          index, "file", "is not valid JSON: " + e.getMessage(), "fetch it again", e);
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

  @Override
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** Bytes of all tensors together. */
  public long totalBytes() {
    return tensors.values().stream().mapToLong(t -> t.tensor().bytes()).sum();
  }

  /** Elements of all tensors together, by stored dtype such as "BF16". */
  public Map<String, Long> elementsByDtype() {
    Map<String, Long> elements = new TreeMap<>();
    for (Located located : tensors.values()) {
      StoredTensor tensor = located.tensor();
      long count = tensor.shape().stream().reduce(1L, Math::multiplyExact);
      elements.merge(tensor.dtype(), count, Long::sum);
    }
    return elements;
  }

  /** Names of all tensors, in file order. */
  public List<String> names() {
    return new ArrayList<>(tensors.keySet());
  }

  @Override
  public Tensor get(String name, long... shape) {
    Located located = tensors.get(name);
    if (located == null) {
      throw new ModelLoadException(
          directory, name, "is missing", "the checkpoint is incomplete or of another model");
    }
    StoredTensor stored = located.tensor();
    long[] found = stored.shape().stream().mapToLong(Long::longValue).toArray();
    if (!Arrays.equals(found, shape)) {
      throw new ModelLoadException(
          located.file(),
          name,
          "has shape " + stored.shape() + ", config.json wants " + Arrays.toString(shape),
          "use the config.json that belongs to these weights");
    }
    DType dtype = FLOATS.get(stored.dtype());
    if (dtype == null) {
      throw new ModelLoadException(
          located.file(),
          name,
          "is stored as " + stored.dtype(),
          "convert the checkpoint to BF16, F16 or F32");
    }
    return memory.hostView(mapping(located.file()).address() + stored.offset(), dtype, shape);
  }

  private DeviceMemory.Mapping mapping(Path file) {
    return mappings.computeIfAbsent(file, memory::map);
  }

  /** Unmaps the files; tensors given out before must not be used any more. */
  @Override
  public void close() {
    mappings.values().forEach(DeviceMemory.Mapping::close);
    mappings.clear();
  }
}
