package io.fovea.tools.quant;

import io.fovea.tools.output.TensorContent;
import io.fovea.tools.source.CodedTensor;
import io.fovea.tools.source.ElementType;
import io.fovea.weights.QuantizedNames;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A projection's weight [N, K] with the codes and scales it comes with, in the compressed-tensors
 * convention as {@link QuantizedContent} writes it; scales keep their dtype.
 */
public final class CodedContent implements TensorContent {
  private static final int BLOCK_ELEMENTS = 1 << 20;

  private final CodedTensor source;
  private final boolean packed;
  private final long inputs;
  private final long groups;
  private final LongAdder nonFinite = new LongAdder();

  public CodedContent(CodedTensor source) {
    this.source = source;
    this.packed = source.codes() == CodedTensor.Codes.INT4;
    this.inputs = source.shape().get(1);
    this.groups = inputs / source.group();
  }

  @Override
  public List<TensorEntry> entries() {
    String module = source.name().substring(0, source.name().lastIndexOf('.'));
    TensorEntry scale =
        new TensorEntry(
            module + QuantizedNames.SCALE, source.scaleDtype(), List.of(rows(), groups));
    return packed
        ? List.of(
            new TensorEntry(module + QuantizedNames.PACKED, "I32", List.of(rows(), inputs / 8)),
            scale,
            new TensorEntry(module + QuantizedNames.SHAPE, "I64", List.of(2L)))
        : List.of(
            new TensorEntry(
                source.name(),
                source.codes() == CodedTensor.Codes.FP8 ? "F8_E4M3" : "I8",
                source.shape()),
            scale);
  }

  @Override
  public long rows() {
    return source.shape().get(0);
  }

  @Override
  public int blockRows() {
    return (int) Math.max(1, BLOCK_ELEMENTS / inputs);
  }

  @Override
  public void compute(long first, int rows, Sink sink) throws IOException {
    byte[] codes = source.readCodes(first, rows);
    ByteBuffer bytes = packed ? QuantizedContent.pack(codes) : ByteBuffer.wrap(codes);
    sink.put(0, packed ? first * inputs / 2 : first * inputs, bytes);
    ByteBuffer scales = source.readScales(first, rows);
    nonFinite.add(countNonFinite(scales.duplicate().order(ByteOrder.LITTLE_ENDIAN)));
    sink.put(1, first * (scales.remaining() / rows), scales);
    if (packed && first == 0) {
      ByteBuffer shape = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
      sink.put(2, 0, shape.putLong(rows()).putLong(inputs).flip());
    }
  }

  /** Scales that make a group of weights infinite or no numbers. */
  private int countNonFinite(ByteBuffer scales) {
    ElementType type = ElementType.valueOf(source.scaleDtype());
    int bad = 0;
    for (int at = scales.position(); at < scales.limit(); at += type.bytes()) {
      bad += Float.isFinite(type.value(scales, at)) ? 0 : 1;
    }
    return bad;
  }

  @Override
  public long nonFinite() {
    return nonFinite.sum();
  }
}
