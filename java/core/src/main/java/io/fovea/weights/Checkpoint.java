package io.fovea.weights;

import io.fovea.ModelLoadException;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Quantization;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The weights of a Hugging Face directory: one safetensors file, or shards named by an index. Files
 * are mapped, not read; tensors are views of the mapping and end when it is closed.
 */
public final class Checkpoint implements Weights, AutoCloseable {
  private static final Map<String, DType> FLOATS =
      Map.of("F32", DType.F32, "BF16", DType.BF16, "F16", DType.F16);

  private static final Map<String, DType> QUANTIZED = Map.of("I8", DType.I8, "F8_E4M3", DType.F8);

  private static final Map<String, DType> INT4_WORDS = Map.of("I32", DType.I32);
  private static final int MAX_SIZE = 1 << 20;

  private final DeviceMemory memory;
  private final CheckpointFiles.Contents contents;
  private final Map<String, CheckpointFiles.Located> tensors;
  private final Map<String, CheckpointFiles.Located> used = new LinkedHashMap<>();
  private final Map<Path, DeviceMemory.Mapping> mappings = new LinkedHashMap<>();
  private final List<ByteBuffer> repeated = new ArrayList<>(); // kept reachable

  private Checkpoint(DeviceMemory memory, CheckpointFiles.Contents contents) {
    this.memory = memory;
    this.contents = contents;
    this.tensors = contents.tensors();
  }

  /**
   * Reads and checks the headers of all files of {@code directory}.
   *
   * @throws ModelLoadException naming file, tensor and remedy where anything is missing or damaged
   * @throws io.fovea.UnsupportedModelException where weights are quantised in a way that is not run
   */
  public static Checkpoint open(Path directory, DeviceMemory memory) {
    CheckpointFiles.Contents contents = CheckpointFiles.open(directory);
    contents.runnable();
    return of(contents, memory);
  }

  /** The weights of a directory whose headers are read already, and which the engine runs. */
  public static Checkpoint of(CheckpointFiles.Contents contents, DeviceMemory memory) {
    return new Checkpoint(memory, contents);
  }

  @Override
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** Bytes of all tensors together. */
  public long totalBytes() {
    return tensors.values().stream().mapToLong(t -> t.tensor().bytes()).sum();
  }

  /**
   * Parameters by the dtype they are stored in, such as "BF16" or "I4"; scales of quantised weights
   * do not count.
   */
  public Map<String, Long> elementsByDtype() {
    Map<String, Long> elements = new TreeMap<>();
    tensors.forEach(
        (name, located) -> {
          StoredTensor tensor = located.tensor();
          long count = tensor.shape().stream().reduce(1L, Math::multiplyExact);
          if (name.endsWith(QuantizedNames.PACKED)) {
            elements.merge("I4", 8 * count, Long::sum);
          } else if (!QuantizedNames.describesWeights(name)) {
            elements.merge(tensor.dtype(), count, Long::sum);
          }
        });
    return elements;
  }

  /** Names of all tensors, in file order. */
  public List<String> names() {
    return new ArrayList<>(tensors.keySet());
  }

  @Override
  public Tensor get(String name, long... shape) {
    return view(name, FLOATS, shape);
  }

  /** The stored tensor of that name, which must have this shape and one of these dtypes. */
  private Tensor view(String name, Map<String, DType> dtypes, long... shape) {
    CheckpointFiles.Located located = located(name);
    StoredTensor stored = located.tensor();
    long[] found = stored.shape().stream().mapToLong(Long::longValue).toArray();
    if (!Arrays.equals(found, shape)) {
      throw new ModelLoadException(
          located.file(),
          name,
          "has shape " + stored.shape() + ", config.json wants " + Arrays.toString(shape),
          "use the config.json that belongs to these weights");
    }
    DType dtype = dtypes.get(stored.dtype());
    if (dtype == null && !StoredScheme.isNumbers(stored.dtype())) {
      throw StoredScheme.codes(located.file(), name, stored.dtype());
    }
    if (dtype == null) {
      throw new ModelLoadException(
          located.file(),
          name,
          "is stored as " + stored.dtype() + ", not as " + String.join(", ", dtypes.keySet()),
          "convert the checkpoint with './fovea convert'");
    }
    used.put(name, located);
    return memory.hostView(mapping(located.file()).address() + stored.offset(), dtype, shape);
  }

  private CheckpointFiles.Located located(String name) {
    CheckpointFiles.Located located = tensors.get(name);
    if (located == null) {
      throw contents.missing(name);
    }
    return located;
  }

  @Override
  public int size(String name, int rank, int axis) {
    CheckpointFiles.Located located = located(name);
    List<Long> shape = located.tensor().shape();
    if (shape.size() != rank || shape.get(axis) < 1 || shape.get(axis) > MAX_SIZE) {
      throw new ModelLoadException(
          located.file(),
          name,
          "has shape " + shape + ", not " + rank + " sizes of 1.." + MAX_SIZE,
          "fetch the checkpoint again");
    }
    return Math.toIntExact(shape.get(axis));
  }

  @Override
  public StoredWeights linear(String name, long outputs, long inputs) {
    String packed = name + QuantizedNames.PACKED;
    String weight = name + QuantizedNames.WEIGHT;
    if (has(packed)) {
      Tensor words = view(packed, INT4_WORDS, outputs, (inputs + 7) / 8);
      return new StoredWeights(words, scales(packed, DType.I4));
    }
    if (!CompressedWeight.isCodes(tensors, weight) || !has(weight)) {
      return StoredWeights.plain(get(weight, outputs, inputs));
    }
    CompressedWeight.of(tensors, weight); // dtype and scale fit
    Tensor values = view(weight, QUANTIZED, outputs, inputs);
    return new StoredWeights(values, scales(weight, values.dtype()));
  }

  /** The scales [outputs, groups] of a projection's codes. */
  private Quantization scales(String codes, DType dtype) {
    CompressedWeight weight = CompressedWeight.of(tensors, codes);
    String scale = CompressedWeight.module(codes) + QuantizedNames.SCALE;
    if (!weight.hasOneScale()) {
      return new Quantization(dtype, get(scale, weight.rows(), weight.groups()), weight.group());
    }
    return new Quantization(dtype, repeated(weight.scales(), weight.rows()), weight.group());
  }

  /** The one element of a tensor for each of {@code rows} rows, [rows, 1]; lives until close. */
  private Tensor repeated(CheckpointFiles.Located one, long rows) {
    DType dtype = Objects.requireNonNull(FLOATS.get(one.tensor().dtype()));
    byte[] element = one.bytes();
    ByteBuffer all = ByteBuffer.allocateDirect(Math.toIntExact(rows * element.length));
    while (all.hasRemaining()) {
      all.put(element);
    }
    repeated.add(all);
    return memory.hostView(all, dtype, rows, 1);
  }

  private DeviceMemory.Mapping mapping(Path file) {
    return mappings.computeIfAbsent(file, memory::map);
  }

  /** A search among the tensors that were asked for; it reads the files again when it runs. */
  public NonFiniteSearch nonFiniteSearch() {
    return new NonFiniteSearch(used.values());
  }

  /** Unmaps the files; tensors given out before must not be used any more. */
  @Override
  public void close() {
    mappings.values().forEach(DeviceMemory.Mapping::close);
    mappings.clear();
  }
}
