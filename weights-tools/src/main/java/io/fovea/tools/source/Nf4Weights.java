package io.fovea.tools.source;

import io.fovea.weights.CheckpointFiles.Located;
import java.util.List;

/**
 * Weights that bitsandbytes quantised to 4 bits ("nf4"), as those of CogVLM2's int4 releases.
 * Beside {@code X.weight}, which holds the codes, lie {@code X.weight.absmax}, {@code .quant_map},
 * {@code .nested_absmax}, {@code .nested_quant_map} and {@code .quant_state.bitsandbytes__nf4}.
 */
record Nf4Weights(Parts parts) implements WeightDecoder {
  private static final String STATE = ".quant_state.bitsandbytes__nf4";
  private static final List<String> ENDINGS =
      List.of(STATE, ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map");

  private static final int MAX_SCALES = 1 << 24; // of scales: a weight of 2^38 elements

  @Override
  public boolean isCodes(String name) {
    return parts.has(name + STATE);
  }

  @Override
  public boolean isPart(String name) {
    return parts.isBeside(name, ENDINGS, STATE);
  }

  @Override
  public SourceTensor weight(String name) {
    Located state = parts.find(name + STATE);
    Nf4State nf4 = Nf4State.read(parts.file(state), state);
    PlainTensor codes = parts.plain(name);
    long elements = elements(codes, nf4);
    require(codes, codes.dtype().equals("U8") && codes.elements() == elements / 2 + elements % 2);
    PlainTensor scales = parts.plain(name + ".absmax");
    long blocks = nf4.blocks(elements);
    require(scales, scales.elements() == blocks);
    boolean nested = scales.dtype().equals("U8");
    require(scales, nested || scales.dtype().equals("F32"));
    long nestedBlocks = nested ? nf4.nestedBlocks(blocks) : 0;
    require(scales, nestedBlocks <= MAX_SCALES);
    return new Nf4Tensor(
        codes.source(),
        codes,
        table(name + ".quant_map", 16),
        scales,
        nested ? table(name + ".nested_quant_map", 256) : new float[0],
        nested ? table(name + ".nested_absmax", (int) nestedBlocks) : new float[0],
        nf4,
        name);
  }

  private static long elements(PlainTensor codes, Nf4State state) {
    try {
      return state.shape().stream().reduce(1L, Math::multiplyExact);
    } catch (ArithmeticException e) {
      throw Parts.bad(codes, "stands for the shape " + state.shape());
    }
  }

  private float[] table(String name, int size) {
    PlainTensor tensor = parts.plain(name);
    require(tensor, tensor.dtype().equals("F32") && tensor.elements() == size);
    return Parts.values(tensor);
  }

  private static void require(PlainTensor tensor, boolean condition) {
    Parts.require(
        tensor, condition, tensor.dtype() + tensor.shape() + " does not fit to the weight's shape");
  }
}
