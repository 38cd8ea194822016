package io.fovea.image.vp8;

import java.util.Arrays;
import javax.imageio.IIOException;

/** Decodes one key frame. */
public final class KeyFrame {
  private static final int Y_BLOCKS = 16;
  private static final int U_BLOCK = 16;
  private static final int V_BLOCK = 20;
  private static final int BLOCKS = 24;

  private final FrameHeader header;
  private final int columns;
  private final int rows;
  private final Plane y;
  private final Plane u;
  private final Plane v;
  private final BoolReader lead; // the first partition
  private final Parameters parameters;
  private final BoolReader[] partitions;
  private final Modes modes;
  private final CoefficientReader coefficients;

  /** Whether the blocks above and to the left had coefficients, per place: 4 luma, 2 + 2, 1 y2. */
  private final boolean[][] above;

  private final boolean[] left = new boolean[9];
  private final short[] block = new short[16 * BLOCKS];
  private final short[] y2 = new short[16];
  private final byte[] levels; // of the loop filter, by macroblock
  private final boolean[] inner; // whether it filters inside, by macroblock

  private KeyFrame(byte[] file, FrameHeader header, int end) throws IIOException {
    this.header = header;
    columns = (header.width() + 15) / 16;
    rows = (header.height() + 15) / 16;
    lead = new BoolReader(file, header.partitionAt(), header.partitionEnd());
    parameters = new Parameters(lead);
    partitions = partitions(file, header.partitionEnd(), end, parameters.partitions);
    y = new Plane(16 * columns, 16 * rows);
    u = new Plane(8 * columns, 8 * rows);
    v = new Plane(8 * columns, 8 * rows);
    modes = new Modes(lead, parameters, columns);
    coefficients = new CoefficientReader(parameters.tokens);
    above = new boolean[columns][9];
    levels = new byte[columns * rows];
    inner = new boolean[columns * rows];
  }

  /**
   * The frame's RGB bytes: [height, width, 3].
   *
   * @param header of the frame, which ends at {@code file[end)}
   * @throws IIOException where the frame is truncated
   */
  public static byte[] rgb(byte[] file, FrameHeader header, int end) throws IIOException {
    KeyFrame frame = new KeyFrame(file, header, end);
    frame.decode();
    return Colors.rgb(frame.y, frame.u, frame.v, header.width(), header.height());
  }

  /** Sizes of all partitions of coefficients but the last come first, three bytes each. */
  private static BoolReader[] partitions(byte[] file, int at, int end, int count)
      throws IIOException {
    int begin = at + 3 * (count - 1);
    if (begin >= end) {
      throw new IIOException("its VP8 frame is truncated before the coefficients");
    }
    BoolReader[] readers = new BoolReader[count];
    for (int i = 0; i < count; i++) {
      int size = at + 3 * i;
      int bytes =
          i == count - 1
              ? end - begin
              : (file[size] & 0xff) | (file[size + 1] & 0xff) << 8 | (file[size + 2] & 0xff) << 16;
      int stop = Math.min(end, begin + bytes);
      readers[i] = new BoolReader(file, begin, stop);
      begin = stop;
    }
    return readers;
  }

  private void decode() throws IIOException {
    LoopFilter filter = new LoopFilter(y, u, v, parameters.filter);
    for (int row = 0; row < rows; row++) {
      BoolReader tokens = partitions[row % partitions.length];
      modes.beginRow();
      Arrays.fill(left, false);
      for (int column = 0; column < columns; column++) {
        modes.read(column);
        boolean coded = !modes.skips && readCoefficients(tokens, column);
        if (modes.skips) {
          skipCoefficients(column);
        }
        if (lead.hasEnded() || tokens.hasEnded()) {
          throw new IIOException("its VP8 frame is truncated in row " + row + " of " + rows);
        }
        reconstruct(column, row);
        int i = row * columns + column;
        levels[i] = (byte) filter.level(parameters.filterLevels[modes.segment], modes.split);
        inner[i] = coded || modes.split;
      }
    }
    if (parameters.filter.level() > 0) {
      for (int i = 0; i < levels.length; i++) {
        filter.macroblock(i % columns, i / columns, levels[i], inner[i]);
      }
    }
  }

  private void skipCoefficients(int column) {
    Arrays.fill(block, (short) 0);
    int kept = modes.split ? 8 : 9; // the block of DC coefficients that is not there counts on
    Arrays.fill(left, 0, kept, false);
    Arrays.fill(above[column], 0, kept, false);
  }

  /** Whether any coefficient of the macroblock is not 0. */
  private boolean readCoefficients(BoolReader in, int column) {
    Arrays.fill(block, (short) 0);
    Parameters.Steps steps = parameters.steps[modes.segment];
    boolean[] top = above[column];
    int kind = CoefficientReader.Y_WITH_DC;
    boolean coded = false;
    if (!modes.split) {
      kind = CoefficientReader.Y_AFTER_Y2;
      Arrays.fill(y2, (short) 0);
      int context = context(left[8], top[8]);
      int count =
          coefficients.read(
              in, CoefficientReader.Y2, context, 0, steps.y2Dc(), steps.y2Ac(), y2, 0);
      left[8] = count > 0;
      top[8] = count > 0;
      Transform.walshHadamard(y2, block);
      for (int i = 0; i < Y_BLOCKS; i++) {
        coded |= block[16 * i] != 0;
      }
    }
    int first = modes.split ? 0 : 1;
    for (int i = 0; i < Y_BLOCKS; i++) {
      coded |= read(in, kind, first, steps.yDc(), steps.yAc(), i, i / 4, i % 4, top);
    }
    for (int i = 0; i < 4; i++) {
      int kindUv = CoefficientReader.CHROMA;
      int y = 4 + i / 2;
      int x = 4 + i % 2;
      coded |= read(in, kindUv, 0, steps.uvDc(), steps.uvAc(), U_BLOCK + i, y, x, top);
    }
    for (int i = 0; i < 4; i++) {
      int kindUv = CoefficientReader.CHROMA;
      int y = 6 + i / 2;
      int x = 6 + i % 2;
      coded |= read(in, kindUv, 0, steps.uvDc(), steps.uvAc(), V_BLOCK + i, y, x, top);
    }
    return coded;
  }

  private boolean read(
      BoolReader in,
      int kind,
      int first,
      int dcStep,
      int acStep,
      int index,
      int leftPlace,
      int topPlace,
      boolean[] top) {
    int context = context(left[leftPlace], top[topPlace]);
    int count = coefficients.read(in, kind, context, first, dcStep, acStep, block, 16 * index);
    boolean coded = count > first;
    left[leftPlace] = coded;
    top[topPlace] = coded;
    return coded;
  }

  private static int context(boolean left, boolean above) {
    return (left ? 1 : 0) + (above ? 1 : 0);
  }

  private void reconstruct(int column, int row) {
    int left = 16 * column;
    int top = 16 * row;
    if (modes.split) {
      int[] aboveRight = aboveRight(column, row);
      for (int i = 0; i < Y_BLOCKS; i++) {
        int x = left + 4 * (i % 4);
        int at = top + 4 * (i / 4);
        int[] beyond = i % 4 == 3 ? aboveRight : samples(x + 4, at - 1);
        Prediction.block(y, x, at, modes.blocks[i], beyond);
        Transform.addInverseDct(block, 16 * i, y, x, at);
      }
    } else {
      Prediction.square(y, left, top, 16, modes.luma);
      for (int i = 0; i < Y_BLOCKS; i++) {
        Transform.addInverseDct(block, 16 * i, y, left + 4 * (i % 4), top + 4 * (i / 4));
      }
    }
    chroma(u, U_BLOCK, column, row);
    chroma(v, V_BLOCK, column, row);
  }

  private void chroma(Plane plane, int firstBlock, int column, int row) {
    int left = 8 * column;
    int top = 8 * row;
    Prediction.square(plane, left, top, 8, modes.chroma);
    for (int i = 0; i < 4; i++) {
      int at = 16 * (firstBlock + i);
      Transform.addInverseDct(block, at, plane, left + 4 * (i % 2), top + 4 * (i / 2));
    }
  }

  /**
   * Samples above and to the right of a macroblock, for all four blocks of its last column: of the
   * row above, or 127 above the picture, or the row's last sample right of it.
   */
  private int[] aboveRight(int column, int row) {
    if (row == 0) {
      return new int[] {127, 127, 127, 127};
    }
    if (column < columns - 1) {
      return samples(16 * (column + 1), 16 * row - 1);
    }
    int last = y.get(16 * columns - 1, 16 * row - 1);
    return new int[] {last, last, last, last};
  }

  private int[] samples(int x, int row) {
    return new int[] {y.get(x, row), y.get(x + 1, row), y.get(x + 2, row), y.get(x + 3, row)};
  }
}
