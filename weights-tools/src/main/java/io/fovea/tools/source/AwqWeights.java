package io.fovea.tools.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.weights.CompressedWeight;
import java.util.List;
import java.util.Set;

/**
 * Weights of AWQ (arXiv:2306.00978) as AutoAWQ's "gemm" stores them: {@code X.qweight} I32 [K,
 * N/8], {@code X.qzeros} I32 [G, N/8] and {@code X.scales} float [G, N]; groups of neighbouring
 * inputs.
 *
 * @param settings may say the group size
 */
record AwqWeights(Parts parts, JsonNode settings) implements WeightDecoder {
  private static final String CODES = ".qweight";
  private static final int MAX_INPUTS = 1 << 20;

  @Override
  public boolean isCodes(String name) {
    return name.endsWith(CODES);
  }

  @Override
  public boolean isPart(String name) {
    return parts.isBeside(name, List.of(".qzeros", ".scales"), CODES);
  }

  @Override
  public SourceTensor weight(String codesName) {
    String module = CompressedWeight.module(codesName);
    PlainTensor codes = parts.plain(codesName, Set.of("I32"), 2);
    long inputs = codes.shape().get(0);
    long outputs = Math.multiplyExact(8, codes.shape().get(1));
    Parts.require(codes, inputs > 0 && inputs <= MAX_INPUTS, "has shape " + codes.shape());
    PlainTensor scales = parts.groupScales(module, inputs, outputs);
    long groups = scales.shape().get(0);
    int size = settings.path("group_size").asInt(settings.path("q_group_size").asInt((int) inputs));
    return new PackedTensor(
        new Packing.Awq(),
        codes,
        parts.plain(module + ".qzeros", Set.of("I32"), List.of(groups, outputs / 8)),
        scales,
        Parts.groups(codes, size, Math.toIntExact(inputs), groups),
        0,
        module + ".weight",
        List.of(outputs, inputs));
  }
}
