package io.fovea.tools.quant;

import io.fovea.ModelLoadException;
import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.output.SquaredError;
import io.fovea.tools.output.TensorContent;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * A projection's weight [N, K] as codes and scales in the compressed-tensors convention. Of {@code
 * X.weight} it makes {@code X.weight_scale} BF16 [N, K/group] and {@code X.weight} I8 or F8_E4M3
 * [N, K], or {@code X.weight_packed} I32 [N, K/8], eight codes plus 8 a word, the lowest bits
 * first, with {@code X.weight_shape} I64 [2].
 */
public final class QuantizedContent implements TensorContent {
  private static final int BLOCK_ELEMENTS = 1 << 20;

  private final SourceTensor source;
  private final WeightFormat format;
  private final Rounding rounding;
  private final int inputs;
  private final int group;
  private final DoubleAdder error = new DoubleAdder();
  private final DoubleAdder reference = new DoubleAdder();

  /**
   * @param source shape [N, K]
   * @param format quantised, and fitting K
   * @param search whether scales are chosen for the least squared error
   */
  public QuantizedContent(SourceTensor source, WeightFormat format, boolean search) {
    this.source = source;
    this.format = format;
    this.rounding = Rounding.of(format, search);
    this.inputs = Math.toIntExact(source.shape().get(1));
    this.group = format.group(inputs);
    if (inputs % group != 0) {
      throw new IllegalArgumentException(source.name() + source.shape() + " as " + format);
    }
  }

  @Override
  public List<TensorEntry> entries() {
    long outputs = source.shape().get(0);
    TensorEntry scale =
        new TensorEntry(source.name() + "_scale", "BF16", List.of(outputs, (long) inputs / group));
    return format.bits() == 4
        ? List.of(
            new TensorEntry(source.name() + "_packed", "I32", List.of(outputs, inputs / 8L)),
            scale,
            new TensorEntry(source.name() + "_shape", "I64", List.of(2L)))
        : List.of(
            new TensorEntry(
                source.name(), format == WeightFormat.FP8 ? "F8_E4M3" : "I8", source.shape()),
            scale);
  }

  @Override
  public long rows() {
    return source.shape().get(0);
  }

  @Override
  public int blockRows() {
    return Math.max(1, BLOCK_ELEMENTS / inputs);
  }

  @Override
  public void compute(long first, int rows, Sink sink) throws IOException {
    float[] weights = new float[Math.multiplyExact(rows, inputs)];
    source.read(first * inputs, weights, weights.length);
    int groups = weights.length / group;
    byte[] codes = new byte[weights.length];
    ByteBuffer scales = buffer(2 * groups);
    double squared = 0;
    double of = 0;
    for (int g = 0; g < groups; g++) {
      checkFinite(weights, g * group, first);
      float scale = rounding.scale(weights, g * group, group);
      scales.putShort(BFloat16.fromFloat(scale));
      for (int i = g * group; i < (g + 1) * group; i++) {
        codes[i] = rounding.code(weights[i], scale);
        float rounded = rounding.value(codes[i]) * scale;
        if (!Float.isFinite(rounded)) {
          throw tooLarge(weights[i]);
        }
        float deviation = rounded - weights[i];
        squared += (double) deviation * deviation;
        of += (double) weights[i] * weights[i];
      }
    }
    error.add(squared);
    reference.add(of);
    put(first, codes, scales.flip(), sink);
  }

  private void put(long first, byte[] codes, ByteBuffer scales, Sink sink) throws IOException {
    ByteBuffer bytes = format.bits() == 4 ? pack(codes) : ByteBuffer.wrap(codes);
    sink.put(0, first * inputs * format.bits() / 8, bytes);
    sink.put(1, first * (inputs / group) * 2, scales);
    if (format.bits() == 4 && first == 0) {
      sink.put(2, 0, buffer(16).putLong(rows()).putLong(inputs).flip());
    }
  }

  /** Two codes a byte, the first in the lower half: eight a little-endian word. */
  static ByteBuffer pack(byte[] codes) {
    byte[] packed = new byte[codes.length / 2];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = (byte) ((codes[2 * i] + 8) | ((codes[2 * i + 1] + 8) << 4));
    }
    return ByteBuffer.wrap(packed);
  }

  private void checkFinite(float[] weights, int at, long firstRow) {
    float sum = 0;
    for (int i = at; i < at + group; i++) {
      sum += weights[i] * 0; // NaN where a weight is not finite
    }
    if (Float.isNaN(sum)) {
      throw new ModelLoadException(
          source.file(),
          source.name(),
          "holds a value that is no finite number in row " + (firstRow + at / inputs),
          "fetch the checkpoint again, or ask who trained it");
    }
  }

  private ModelLoadException tooLarge(float weight) {
    return new ModelLoadException(
        source.file(),
        source.name(),
        "holds " + weight + ", too large for codes with a scale",
        "leave its part unquantised, or ask who trained it");
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public SquaredError error() {
    return new SquaredError(error.sum(), reference.sum());
  }
}
