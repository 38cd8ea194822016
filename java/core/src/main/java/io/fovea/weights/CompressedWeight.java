package io.fovea.weights;

import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One weight [N, K] in the compressed-tensors convention: which tensors make it up, and how its
 * scales divide it.
 *
 * @param codes I8 [N, K], F8_E4M3 [N, K], or I32 [N, K/8] with eight 4-bit codes a word
 * @param scales float [N, groups], or of one element for the whole weight
 * @param rows N
 * @param inputs K
 * @param groups scales of a row; 1 where one serves all rows
 */
public record CompressedWeight(Located codes, Located scales, long rows, long inputs, long groups) {
  private static final String REMEDY =
      "a scale for the weight, a row or a group of its inputs is read: quantise the original"
          + " checkpoint with './fovea quantize'";

  private static final Set<String> SCALE_DTYPES = Set.of("F32", "F16", "BF16");

  /** Whether {@code name} holds codes: packed ones, or those beside which a scale lies. */
  public static boolean isCodes(Map<String, Located> tensors, String name) {
    return name.endsWith(QuantizedNames.PACKED)
        || (name.endsWith(QuantizedNames.WEIGHT)
            && tensors.containsKey(module(name) + QuantizedNames.SCALE));
  }

  /** The name of the module that a tensor belongs to: all but the last part of its name. */
  public static String module(String tensor) {
    return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
  }

  /**
   * The weight whose codes have that name, which is one of {@code tensors}.
   *
   * @throws ModelLoadException where its scale is missing, or dtypes and shapes do not fit
   */
  public static CompressedWeight of(Map<String, Located> tensors, String codesName) {
    Located codes = tensors.get(codesName);
    String scaleName = module(codesName) + QuantizedNames.SCALE;
    Located scales = tensors.get(scaleName);
    if (codes == null) {
      throw new IllegalArgumentException(codesName);
    }
    if (scales == null) {
      throw new ModelLoadException(codes.file(), scaleName, "is missing", REMEDY);
    }
    StoredTensor stored = codes.tensor();
    boolean packed = codesName.endsWith(QuantizedNames.PACKED);
    Set<String> dtypes = packed ? Set.of("I32") : Set.of("I8", "F8_E4M3");
    require(codes, codesName, dtypes.contains(stored.dtype()), "is stored as " + stored.dtype());
    require(codes, codesName, stored.shape().size() == 2, "has shape " + stored.shape());
    long rows = stored.shape().get(0);
    long inputs = Math.multiplyExact(stored.shape().get(1), packed ? 8 : 1);
    long groups = groups(scales, scaleName, rows, inputs);
    return new CompressedWeight(codes, scales, rows, inputs, groups);
  }

  private static long groups(Located scales, String name, long rows, long inputs) {
    String dtype = scales.tensor().dtype();
    List<Long> shape = scales.tensor().shape();
    require(scales, name, SCALE_DTYPES.contains(dtype), "is stored as " + dtype);
    if (shape.size() <= 2 && shape.stream().allMatch(size -> size == 1)) {
      return 1;
    }
    String of = " for weights of " + List.of(rows, inputs);
    require(scales, name, shape.size() == 2 && shape.get(1) > 0, "has shape " + shape + of);
    long groups = shape.get(1);
    require(
        scales,
        name,
        inputs % groups == 0,
        "has " + groups + " groups, which do not divide " + inputs + " inputs");
    require(scales, name, shape.get(0) == rows, "has shape " + shape + of);
    return groups;
  }

  /** Whether one scale serves all rows. */
  public boolean hasOneScale() {
    return scales.tensor().shape().size() < 2 || (rows > 1 && scales.tensor().shape().get(0) == 1);
  }

  /** Inputs that share a scale. */
  public long group() {
    return inputs / groups;
  }

  private static void require(Located tensor, String name, boolean condition, String problem) {
    if (!condition) {
      throw new ModelLoadException(tensor.file(), name, problem, REMEDY);
    }
  }
}
