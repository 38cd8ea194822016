package io.fovea.tools.quant;

import io.fovea.ModelLoadException;
import io.fovea.tools.output.TensorContent;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** A tensor as numbers of their own, rounded to a dtype. Its rows are single elements. */
public final class PlainContent implements TensorContent {
  private static final int BLOCK_ELEMENTS = 1 << 20;

  private final SourceTensor source;
  private final PlainType type;
  private final LongAdder nonFinite = new LongAdder();

  /**
   * @param type not {@link PlainType#KEEP}
   */
  public PlainContent(SourceTensor source, PlainType type) {
    this.source = source;
    this.type = type;
  }

  @Override
  public List<TensorEntry> entries() {
    return List.of(new TensorEntry(source.name(), type.name(), source.shape()));
  }

  @Override
  public long rows() {
    return source.elements();
  }

  @Override
  public int blockRows() {
    return BLOCK_ELEMENTS;
  }

  @Override
  public void compute(long first, int rows, Sink sink) throws IOException {
    float[] values = new float[rows];
    source.read(first, values, rows);
    ByteBuffer bytes = ByteBuffer.allocate(rows * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int bad = 0;
    for (float value : values) {
      if (!Float.isFinite(value)) {
        bad++;
      } else if (!type.holds(value)) {
        throw new ModelLoadException(
            source.file(),
            source.name(),
            "holds " + value + ", too large for " + type.id(),
            PlainType.BF16.holds(value) ? "use bf16 or f32" : "use f32");
      }
      type.put(bytes, value);
    }
    nonFinite.add(bad);
    sink.put(0, first * type.bytes(), bytes.flip());
  }

  @Override
  public long nonFinite() {
    return nonFinite.sum();
  }
}
