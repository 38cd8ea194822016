package io.fovea.tools.quant;

import io.fovea.ModelLoadException;
import io.fovea.tools.numbers.Float16;
import io.fovea.tools.output.TensorContent;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A tensor as numbers of their own, rounded to a dtype. Its rows are single elements. */
public final class PlainContent implements TensorContent {
  private static final int BLOCK_ELEMENTS = 1 << 20;

  private final SourceTensor source;
  private final PlainType type;

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
    for (float value : values) {
      if (type == PlainType.F16 && Math.abs(value) > Float16.MAX && Float.isFinite(value)) {
        throw new ModelLoadException(
            source.file(), source.name(), "holds " + value + ", too large for f16", "use bf16");
      }
      type.put(bytes, value);
    }
    sink.put(0, first * type.bytes(), bytes.flip());
  }
}
