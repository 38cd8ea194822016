package io.fovea.tools.source;

import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.CompressedWeight;
import io.fovea.weights.QuantizedNames;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights in the compressed-tensors convention: {@code X.weight} or {@code X.weight_packed} with
 * {@code X.weight_scale} and, of the packed, {@code X.weight_shape}.
 */
record CompressedTensors(Map<String, Located> located, Parts parts) implements WeightDecoder {
  @Override
  public boolean isCodes(String name) {
    return CompressedWeight.isCodes(located, name);
  }

  @Override
  public boolean isPart(String name) {
    return QuantizedNames.describesWeights(name);
  }

  @Override
  public SourceTensor weight(String codesName) {
    CompressedWeight weight = CompressedWeight.of(located, codesName);
    String module = CompressedWeight.module(codesName);
    if (codesName.endsWith(QuantizedNames.PACKED)) {
      checkShape(module + QuantizedNames.SHAPE, weight);
    }
    PlainTensor codes = parts.plain(codesName);
    return new QuantizedTensor(
        codes.source(),
        codes.stored(),
        parts.plain(module + QuantizedNames.SCALE),
        module + QuantizedNames.WEIGHT,
        List.of(weight.rows(), weight.inputs()),
        weight.group(),
        weight.hasOneScale());
  }

  private void checkShape(String name, CompressedWeight weight) {
    PlainTensor shape = parts.plain(name, Set.of("I64"), List.of(2L));
    float[] values = Parts.values(shape);
    List<Long> says = List.of((long) values[0], (long) values[1]);
    List<Long> has = List.of(weight.rows(), weight.inputs());
    Parts.require(shape, says.equals(has), "says " + says + ", not " + has);
  }
}
