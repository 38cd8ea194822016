package io.fovea.tools.quant;

import io.fovea.tools.source.CodedTensor;
import java.util.Comparator;

/**
 * How the codes of a projection are described in config.json.
 *
 * @param bits of a code; 16 where the weights are plain
 * @param floats whether codes are floats
 * @param group inputs that share a scale; 0 where a whole row does
 */
public record CodeLayout(int bits, boolean floats, long group) implements Comparable<CodeLayout> {
  /** Weights without codes. */
  public static final CodeLayout PLAIN = new CodeLayout(16, true, 0);

  private static final Comparator<CodeLayout> ORDER =
      Comparator.comparing(CodeLayout::floats)
          .thenComparing(CodeLayout::bits, Comparator.reverseOrder())
          .thenComparing(CodeLayout::group);

  /** The layout of a format that weights are rounded to, or {@link #PLAIN}. */
  public static CodeLayout of(WeightFormat format) {
    return format.quantized()
        ? new CodeLayout(format.bits(), format == WeightFormat.FP8, format.group(0))
        : PLAIN;
  }

  /** The layout of codes that are taken over. */
  public static CodeLayout of(CodedTensor tensor) {
    boolean rows = tensor.group() == tensor.shape().get(1);
    return new CodeLayout(
        tensor.codes() == CodedTensor.Codes.INT4 ? 4 : 8,
        tensor.codes() == CodedTensor.Codes.FP8,
        rows ? 0 : tensor.group());
  }

  boolean coded() {
    return bits < PLAIN.bits;
  }

  /** The convention's name for how codes are laid out. */
  String format() {
    return floats ? "float-quantized" : bits == 4 ? "pack-quantized" : "int-quantized";
  }

  @Override
  public int compareTo(CodeLayout other) {
    return ORDER.compare(this, other);
  }
}
