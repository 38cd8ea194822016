package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks the parts of weights that {@code convert} turns into plain ones, by dtypes and shapes:
 * engine and tools refuse what does not fit in the same words, and nobody is sent on to a command
 * that refuses it.
 */
final class CodedParts {
  private static final Set<String> FLOATS = Set.of("F32", "F16", "BF16");
  private static final String REMEDY =
      "fetch the checkpoint and its config.json again, in one version";
  private static final String WEIGHT = QuantizedNames.WEIGHT;
  private static final int USUAL_BLOCK = 128;

  private final Map<String, Located> tensors;
  private final JsonNode settings;

  private CodedParts(Map<String, Located> tensors, JsonNode settings) {
    this.tensors = tensors;
    this.settings = settings;
  }

  /**
   * Checks all weights of a scheme.
   *
   * @throws io.fovea.FoveaException naming the tensor where a part is missing or does not fit
   */
  static void check(StoredScheme scheme, Map<String, Located> tensors) {
    CodedParts parts = new CodedParts(tensors, scheme.settings());
    switch (scheme.scheme()) {
      case BNB_INT8 -> parts.each(".SCB", "I8", parts::int8);
      case FP8_BLOCKS -> parts.each(".weight_scale_inv", "F8_E4M3", parts::blocks);
      case GPTQ, AWQ -> parts.packed();
      case BNB_NF4 -> parts.tables();
      default -> {
        // Checked by who reads it, which the engine does.
      }
    }
  }

  /** Checks the weight of one module, given the tensor with its scales. */
  private interface Check {
    void check(String module, Located scales);
  }

  private void each(String scale, String dtype, Check check) {
    for (Map.Entry<String, Located> entry : tensors.entrySet()) {
      String name = entry.getKey();
      String module = CompressedWeight.module(name);
      if (name.endsWith(scale) && tensors.containsKey(module + WEIGHT)) {
        check.check(module, entry.getValue());
      }
      Located codes = entry.getValue();
      boolean weight = name.endsWith(WEIGHT) && codes.tensor().dtype().equals(dtype);
      if (weight && !tensors.containsKey(module + scale)) {
        throw StoredScheme.codes(codes.file(), name, dtype);
      }
    }
  }

  private void int8(String module, Located largest) {
    List<Long> shape = matrix(module + WEIGHT, "I8");
    require(largest, Set.of("F32"), List.of(shape.get(0)));
  }

  private void blocks(String module, Located scales) {
    List<Long> shape = matrix(module + WEIGHT, "F8_E4M3");
    List<Long> found = scales.tensor().shape();
    require(scales, FLOATS.contains(scales.tensor().dtype()), "is " + scales.tensor().dtype());
    if (found.stream().allMatch(size -> size == 1)) {
      return;
    }
    long down = block(scales, 0);
    long across = block(scales, 1);
    List<Long> blocks =
        List.of((shape.get(0) + down - 1) / down, (shape.get(1) + across - 1) / across);
    String of = " for blocks of " + down + "x" + across;
    require(scales, found.equals(blocks), "has shape " + found + ", not " + blocks + of);
  }

  private long block(Located scales, int axis) {
    JsonNode sizes = settings.path("weight_block_size");
    int size = sizes.isArray() ? sizes.path(axis).asInt(0) : USUAL_BLOCK;
    require(scales, size > 0, "has blocks of " + sizes + " by quantization_config");
    return size;
  }

  /** GPTQ and AWQ: what every weight has; sizes of groups are checked by who reads them. */
  private void packed() {
    tensors.keySet().stream()
        .filter(name -> name.endsWith(".qweight"))
        .forEach(
            name -> {
              matrix(name, "I32");
              String module = CompressedWeight.module(name);
              Stream.of(".scales", ".qzeros").forEach(part -> find(name, module + part));
            });
  }

  private void tables() {
    String state = ".quant_state.bitsandbytes__nf4";
    tensors.keySet().stream()
        .filter(name -> name.endsWith(state))
        .map(name -> name.substring(0, name.length() - state.length()))
        .forEach(
            weight ->
                Stream.of("", ".absmax", ".quant_map")
                    .forEach(part -> find(weight + state, weight + part)));
  }

  /** The shape of a matrix of that dtype. */
  private List<Long> matrix(String name, String dtype) {
    Located found = find(name, name);
    StoredTensor tensor = found.tensor();
    boolean fits = tensor.dtype().equals(dtype) && tensor.shape().size() == 2;
    require(found, fits, "is " + tensor.dtype() + tensor.shape());
    return tensor.shape();
  }

  private Located find(String beside, String name) {
    Located found = tensors.get(name);
    if (found == null) {
      Located other = tensors.get(beside);
      throw new ModelLoadException(
          other == null ? tensors.values().iterator().next().file() : other.file(),
          name,
          "is missing",
          REMEDY);
    }
    return found;
  }

  private static void require(Located found, Set<String> dtypes, List<Long> shape) {
    StoredTensor tensor = found.tensor();
    boolean fits = dtypes.contains(tensor.dtype()) && tensor.shape().size() == shape.size();
    require(found, fits, "is " + tensor.dtype() + tensor.shape());
    require(found, tensor.shape().equals(shape), "has shape " + tensor.shape() + ", not " + shape);
  }

  private static void require(Located found, boolean condition, String problem) {
    if (!condition) {
      throw new ModelLoadException(found.file(), found.tensor().name(), problem, REMEDY);
    }
  }
}
