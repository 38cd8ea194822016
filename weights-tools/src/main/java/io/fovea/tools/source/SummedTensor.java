package io.fovea.tools.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor that is stored as its distance from another: their sum, element by element. Where the
 * base has fewer rows, those behind are in the delta as they are.
 *
 * @param delta its name, dtype and file are the sum's
 * @param base no longer than the delta, rows of the same length
 * @param narrow whether sums are rounded once more, to 16 bits
 */
public record SummedTensor(SourceTensor delta, SourceTensor base, boolean narrow)
    implements SourceTensor {
  @Override
  public String name() {
    return delta.name();
  }

  @Override
  public List<Long> shape() {
    return delta.shape();
  }

  @Override
  public String dtype() {
    return delta.dtype();
  }

  @Override
  public long storedBytes() {
    return delta.storedBytes();
  }

  @Override
  public Path file() {
    return delta.file();
  }

  @Override
  public boolean holdsNumbers() {
    return delta.holdsNumbers() && base.holdsNumbers();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    delta.read(first, values, count);
    int common = (int) Math.max(0, Math.min(count, base.elements() - first));
    if (common == 0) {
      return;
    }
    float[] under = new float[common];
    base.read(first, under, common);
    for (int i = 0; i < common; i++) {
      double sum = (double) values[i] + under[i];
      values[i] = narrow ? toOdd(sum) : (float) sum;
    }
  }

  /**
   * The f32 from which rounding to fewer bits gives the same as from {@code value}: where it is
   * none itself, the neighbour whose last bit is 1 (Boldo and Melquiond, 2008).
   */
  static float toOdd(double value) {
    float nearest = (float) value;
    boolean even = (Float.floatToRawIntBits(nearest) & 1) == 0;
    if (nearest == value || !even || !Float.isFinite(nearest)) {
      return nearest; // NaN is not finite
    }
    return nearest < value ? Math.nextUp(nearest) : Math.nextDown(nearest);
  }
}
