package io.fovea.tools.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.weights.CompressedWeight;
import java.util.List;
import java.util.Set;

/**
 * Weights in fp8 with a scale for each block, as DeepSeek-V3's: {@code X.weight} F8_E4M3 [N, K] and
 * {@code X.weight_scale_inv} float [N/128, K/128], rounded up; or of one element for the whole
 * weight.
 *
 * @param settings may say {@code weight_block_size}
 */
record BlockWeights(Parts parts, JsonNode settings) implements WeightDecoder {
  private static final String WEIGHT = ".weight";
  private static final String SCALE = ".weight_scale_inv";
  private static final int USUAL_BLOCK = 128;

  @Override
  public boolean isCodes(String name) {
    return name.endsWith(WEIGHT) && parts.has(CompressedWeight.module(name) + SCALE);
  }

  @Override
  public boolean isPart(String name) {
    return name.endsWith(SCALE) || name.endsWith(".input_scale");
  }

  @Override
  public SourceTensor weight(String codesName) {
    PlainTensor codes = parts.plain(codesName, Set.of("F8_E4M3"), 2);
    String scaleName = CompressedWeight.module(codesName) + SCALE;
    PlainTensor scales = parts.plain(scaleName);
    long rows = codes.shape().get(0);
    long inputs = codes.shape().get(1);
    Parts.require(scales, Parts.FLOATS.contains(scales.dtype()), "is " + scales.dtype());
    if (scales.elements() == 1) {
      return new BlockTensor(codes, scales, Math.max(1, rows), Math.max(1, inputs));
    }
    long down = block(codes, 0);
    long across = block(codes, 1);
    List<Long> blocks = List.of((rows + down - 1) / down, (inputs + across - 1) / across);
    Parts.require(
        scales,
        scales.shape().equals(blocks),
        "has shape "
            + scales.shape()
            + ", not "
            + blocks
            + " for blocks of "
            + down
            + "x"
            + across);
    return new BlockTensor(codes, scales, down, across);
  }

  private long block(PlainTensor codes, int axis) {
    JsonNode sizes = settings.path("weight_block_size");
    int size = sizes.isArray() ? sizes.path(axis).asInt(0) : USUAL_BLOCK;
    Parts.require(codes, size > 0, "has blocks of " + sizes + " by quantization_config");
    return size;
  }
}
