package io.fovea.tools.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * A weight of GPTQ or AWQ in the order of the model's own int4: outputs as rows, codes less 8.
 *
 * @param packed 4 bits, all zeros 8, neighbouring inputs in a group
 * @param group inputs that share a scale
 */
record PackedCodes(PackedTensor packed, long group) implements CodedTensor {
  private static final int ZERO = 8;

  @Override
  public String name() {
    return packed.name();
  }

  @Override
  public List<Long> shape() {
    return packed.shape();
  }

  @Override
  public String dtype() {
    return packed.dtype();
  }

  @Override
  public long storedBytes() {
    return packed.storedBytes();
  }

  @Override
  public Path file() {
    return packed.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    packed.read(first, values, count);
  }

  @Override
  public Codes codes() {
    return Codes.INT4;
  }

  @Override
  public String scaleDtype() {
    return packed.scales().dtype();
  }

  @Override
  public byte[] readCodes(long first, int rows) throws IOException {
    int inputs = packed.groupOf().length;
    int[][] codes = packed.packing().codes(packed.codes(), inputs, first, rows);
    byte[] byRow = new byte[Math.multiplyExact(rows, inputs)];
    for (int k = 0; k < inputs; k++) {
      for (int n = 0; n < rows; n++) {
        byRow[n * inputs + k] = (byte) (codes[k][n] - ZERO);
      }
    }
    return byRow;
  }

  @Override
  public ByteBuffer readScales(long first, int rows) throws IOException {
    PlainTensor scales = packed.scales();
    int groups = Math.toIntExact(scales.shape().get(0));
    int bytes = (int) (scales.storedBytes() / scales.elements());
    ByteBuffer byRow = ByteBuffer.allocate(rows * groups * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int g = 0; g < groups; g++) {
      ByteBuffer row = scales.stored(g * packed.shape().get(0) + first, rows);
      for (int n = 0; n < rows; n++) {
        byRow.put((n * groups + g) * bytes, row, n * bytes, bytes);
      }
    }
    return byRow;
  }
}
