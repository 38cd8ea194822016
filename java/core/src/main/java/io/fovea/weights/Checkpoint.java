package io.fovea.weights;

import io.fovea.ModelLoadException;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The weights of a Hugging Face directory: one safetensors file, or shards named by an index. Files
 * are mapped, not read; tensors are views of the mapping and end when it is closed.
 */
public final class Checkpoint implements Weights, AutoCloseable {
  private static final Map<String, DType> FLOATS =
      Map.of("F32", DType.F32, "BF16", DType.BF16, "F16", DType.F16);

  private final DeviceMemory memory;
  private final Path directory;
  private final Map<String, CheckpointFiles.Located> tensors;
  private final Map<Path, DeviceMemory.Mapping> mappings = new LinkedHashMap<>();

  private Checkpoint(
      DeviceMemory memory, Path directory, Map<String, CheckpointFiles.Located> tensors) {
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
    return new Checkpoint(memory, directory, CheckpointFiles.list(directory));
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
    for (CheckpointFiles.Located located : tensors.values()) {
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
    CheckpointFiles.Located located = tensors.get(name);
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
