package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The tensors that quantised weights are made of, checked before they are used. */
final class Parts {
  static final Set<String> FLOATS = Set.of("F32", "F16", "BF16");

  private static final String REMEDY =
      "fetch the checkpoint and its config.json again, in one version";

  private final Map<String, Located> located;
  private final Function<Path, BinaryFile> files;

  Parts(Map<String, Located> located, Function<Path, BinaryFile> files) {
    this.located = located;
    this.files = files;
  }

  boolean has(String name) {
    return located.containsKey(name);
  }

  /**
   * Whether {@code name} ends in one of {@code endings} and the tensor it then describes is there.
   */
  boolean isBeside(String name, List<String> endings, String codes) {
    return endings.stream()
        .anyMatch(
            end ->
                name.endsWith(end) && has(name.substring(0, name.length() - end.length()) + codes));
  }

  Located find(String name) {
    Located found = located.get(name);
    if (found == null) {
      Path anyFile = located.values().iterator().next().file();
      throw new ModelLoadException(anyFile, name, "is missing", REMEDY);
    }
    return found;
  }

  BinaryFile file(Located tensor) {
    return files.apply(tensor.file());
  }

  /**
   * The tensor of that name.
   *
   * @throws ModelLoadException where it is missing, or its values do not lie one after another
   */
  PlainTensor plain(String name) {
    Located found = find(name);
    if (found.tensor().offset() < 0) {
      throw new ModelLoadException(
          found.file(),
          name,
          "is a transposed, sliced or negated view",
          "call .resolve_neg().contiguous() on the tensors before torch.save");
    }
    return new PlainTensor(file(found), name, found.tensor());
  }

  /** The same, of one of these dtypes and of this rank. */
  PlainTensor plain(String name, Set<String> dtypes, int rank) {
    PlainTensor tensor = plain(name);
    boolean fits = dtypes.contains(tensor.dtype()) && tensor.shape().size() == rank;
    require(tensor, fits, "is " + tensor.dtype() + tensor.shape());
    return tensor;
  }

  /** The same, of this shape. */
  PlainTensor plain(String name, Set<String> dtypes, List<Long> shape) {
    PlainTensor tensor = plain(name, dtypes, shape.size());
    require(tensor, tensor.shape().equals(shape), "has shape " + tensor.shape() + ", not " + shape);
    return tensor;
  }

  /** Scales [G, outputs] of groups of a module's inputs. */
  PlainTensor groupScales(String module, long inputs, long outputs) {
    PlainTensor scales = plain(module + ".scales", FLOATS, 2);
    long groups = scales.shape().get(0);
    require(
        scales,
        scales.shape().get(1) == outputs && groups > 0 && groups <= inputs,
        "has shape " + scales.shape() + " for weights of " + List.of(outputs, inputs));
    return scales;
  }

  /** All values of a small tensor. */
  static float[] values(PlainTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    try {
      tensor.read(0, values, values.length);
    } catch (IOException e) {
      throw new ModelLoadException(
          tensor.file(), "file", "cannot be read: " + e.getMessage(), "check the disk", e);
    }
    return values;
  }

  /**
   * Group of each of a weight's inputs, where neighbours share one.
   *
   * @param size inputs of a group; all where it is not positive
   * @param groups that have scales
   * @throws ModelLoadException where the inputs make another number of groups
   */
  static int[] groups(PlainTensor codes, int size, int inputs, long groups) {
    int group = size > 0 ? size : inputs;
    require(
        codes,
        (inputs + group - 1) / group == groups,
        "has " + groups + " groups of scales, " + inputs + " inputs in groups of " + group);
    int[] groupOf = new int[inputs];
    Arrays.setAll(groupOf, k -> k / group);
    return groupOf;
  }

  static void require(PlainTensor tensor, boolean condition, String problem) {
    if (!condition) {
      throw bad(tensor, problem);
    }
  }

  static ModelLoadException bad(PlainTensor tensor, String problem) {
    return new ModelLoadException(tensor.file(), tensor.name(), problem, REMEDY);
  }
}
