package io.fovea.tools.source;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A weight [N, K] that comes as codes and scales which the model's own formats hold exactly: w =
 * code × scale, one scale for each group of inputs of a row.
 */
public interface CodedTensor extends SourceTensor {
  /** What its codes are. */
  enum Codes {
    /** Integers of 8 bits. */
    INT8,
    /** Integers -8 to 7. */
    INT4,
    /** e4m3 floats, by their bits. */
    FP8
  }

  /** What its codes are. */
  Codes codes();

  /** Inputs that share a scale: K, or a multiple of 32 that divides it. */
  long group();

  /** F32, F16 or BF16. */
  String scaleDtype();

  /** The codes of rows {@code [first, first + rows)}, [rows, K], one a byte. */
  byte[] readCodes(long first, int rows) throws IOException;

  /** The scales of these rows as they are stored, [rows, K/group] of {@link #scaleDtype}. */
  ByteBuffer readScales(long first, int rows) throws IOException;

  /** Whether the model's formats have groups of that many of a row's inputs. */
  static boolean isGroup(long group, long inputs) {
    return group == inputs || (group > 0 && group % 32 == 0 && inputs % group == 0);
  }
}
