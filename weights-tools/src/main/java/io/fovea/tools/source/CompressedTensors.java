package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Which tensors of a directory belong together as one quantised weight: {@code X.weight} or {@code
 * X.weight_packed} with {@code X.weight_scale} and, of the packed, {@code X.weight_shape}.
 */
final class CompressedTensors {
  private static final String WEIGHT = ".weight";
  private static final String PACKED = ".weight_packed";
  private static final String SCALE = ".weight_scale";
  private static final String SHAPE = ".weight_shape";
  private static final String REMEDY =
      "symmetric weights with a scale for each row or group of inputs are read: quantise it anew";

  private final Map<String, Located> located;
  private final Function<Path, BinaryFile> files;

  CompressedTensors(Map<String, Located> located, Function<Path, BinaryFile> files) {
    this.located = located;
    this.files = files;
  }

  /** Whether {@code name} holds the codes of a quantised weight. */
  boolean isCodes(String name) {
    return name.endsWith(PACKED)
        || (name.endsWith(WEIGHT) && located.containsKey(base(name) + SCALE));
  }

  /** Whether {@code name} only serves codes of another name. */
  boolean belongsToCodes(String name) {
    return (name.endsWith(SCALE) || name.endsWith(SHAPE))
        && (located.containsKey(base(name) + PACKED) || located.containsKey(base(name) + WEIGHT));
  }

  private static String base(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  /**
   * The weight whose codes have that name.
   *
   * @throws ModelLoadException where shapes or dtypes do not fit each other
   */
  QuantizedTensor weight(String codesName) {
    Located codes = located(codesName);
    String base = base(codesName);
    Located scales = located(base + SCALE);
    boolean packed = codesName.endsWith(PACKED);
    String dtype = codes.tensor().dtype();
    require(
        codes,
        packed ? dtype.equals("I32") : dtype.equals("I8") || dtype.equals("F8_E4M3"),
        "is " + dtype);
    for (String unread : List.of(".weight_zero_point", ".weight_g_idx")) {
      require(codes, !located.containsKey(base + unread), "has a " + unread.substring(1));
    }
    List<Long> stored = codes.tensor().shape();
    List<Long> factors = scales.tensor().shape();
    require(codes, stored.size() == 2, "has shape " + stored);
    long rows = stored.get(0);
    long inputs = Math.multiplyExact(stored.get(1), packed ? 8 : 1);
    require(
        scales,
        factors.size() == 2
            && factors.get(0) == rows
            && factors.get(1) > 0
            && inputs % factors.get(1) == 0,
        "has shape " + factors + " for weights of " + List.of(rows, inputs));
    if (packed) {
      checkShape(base, rows, inputs);
    }
    PlainTensor scale = new PlainTensor(files.apply(scales.file()), scales.tensor());
    return new QuantizedTensor(
        files.apply(codes.file()),
        codes.tensor(),
        scale,
        base + WEIGHT,
        List.of(rows, inputs),
        inputs / factors.get(1));
  }

  private void checkShape(String base, long rows, long inputs) {
    Located shape = located(base + SHAPE);
    require(
        shape,
        shape.tensor().shape().equals(List.of(2L)) && shape.tensor().dtype().equals("I64"),
        "is not I64 [2]");
    float[] values = new float[2];
    try {
      new PlainTensor(files.apply(shape.file()), shape.tensor()).read(0, values, 2);
    } catch (IOException e) {
      throw new ModelLoadException(
          shape.file(), "file", "cannot be read: " + e.getMessage(), "check the disk", e);
    }
    require(
        shape,
        values[0] == rows && values[1] == inputs,
        "says " + List.of((long) values[0], (long) values[1]) + ", not " + List.of(rows, inputs));
  }

  private Located located(String name) {
    Located found = located.get(name);
    if (found == null) {
      Path anyFile = located.values().iterator().next().file();
      throw new ModelLoadException(anyFile, name, "is missing", REMEDY);
    }
    return found;
  }

  private static void require(Located tensor, boolean condition, String problem) {
    if (!condition) {
      throw new ModelLoadException(tensor.file(), tensor.tensor().name(), problem, REMEDY);
    }
  }
}
