package io.fovea.tools.source;

import io.fovea.weights.CompressedWeight;
import java.util.List;
import java.util.Set;

/**
 * Weights of bitsandbytes' LLM.int8 (arXiv:2208.07339): {@code X.weight} I8 [N, K] with the largest
 * absolute value of each row, {@code X.SCB} F32 [N]. {@code X.weight_format} U8 is 0, rows.
 */
record Int8Weights(Parts parts) implements WeightDecoder {
  private static final String WEIGHT = ".weight";
  private static final String LARGEST = ".SCB";

  @Override
  public boolean isCodes(String name) {
    return name.endsWith(WEIGHT) && parts.has(CompressedWeight.module(name) + LARGEST);
  }

  @Override
  public boolean isPart(String name) {
    return name.endsWith(LARGEST) || name.endsWith(".weight_format");
  }

  @Override
  public SourceTensor weight(String codesName) {
    PlainTensor codes = parts.plain(codesName, Set.of("I8"), 2);
    String largest = CompressedWeight.module(codesName) + LARGEST;
    List<Long> rows = List.of(codes.shape().get(0));
    return new Int8Tensor(codes, parts.plain(largest, Set.of("F32"), rows));
  }
}
