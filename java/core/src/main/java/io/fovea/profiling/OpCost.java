package io.fovea.profiling;

import io.fovea.ops.CacheRows;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.Windows;
import io.fovea.tensor.Tensor;
import java.util.Arrays;

/**
 * The least an op has to do, told from its arguments alone. Bytes: each operand moved once between
 * memory and processor, whatever caches and tiles do; outputs that are read first count twice.
 * Floating-point operations: additions and multiplications, each as one, as are division, root and
 * erf; epilogues, softmax and conversions of dtype are not counted.
 *
 * <p>Letters: R rows, N outputs, K inputs or head size, D hidden size, H heads, Hkv key heads, S
 * slots seen.
 *
 * @param bytes read and written
 * @param flops floating-point operations
 */
public record OpCost(long bytes, long flops) {
  private static final OpCost NONE = new OpCost(0, 0);

  private OpCost plus(OpCost other) {
    return new OpCost(bytes + other.bytes, flops + other.flops);
  }

  /** Tensors moved without arithmetic. */
  static OpCost moved(Tensor... tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor.bytes();
    }
    return new OpCost(bytes, 0);
  }

  /** {@code each} operations for every element of {@code x}, and the operands moved. */
  private static OpCost elementwise(int each, Tensor x, Tensor... operands) {
    return moved(operands).plus(new OpCost(0, each * x.elements()));
  }

  /** 2 R N K; x, weights with their scales, bias, y. */
  static OpCost linear(Tensor x, Linear weights, Tensor y) {
    return product(x.size(0), weights).plus(moved(x, y));
  }

  /** 2 N K for each row of y, K a window's values; x once, weights, bias, y. */
  static OpCost convolution(Tensor x, Linear weights, Tensor y) {
    return product(y.size(0), weights).plus(moved(x, y));
  }

  /** The same for each expert's rows; the weights of an expert without rows are not read. */
  static OpCost routedLinear(Tensor x, int visionRows, ExpertPair weights, Tensor y) {
    return product(visionRows, weights.vision())
        .plus(product(x.size(0) - visionRows, weights.language()))
        .plus(moved(x, y));
  }

  private static OpCost product(long rows, Linear linear) {
    if (rows == 0) {
      return NONE;
    }
    Tensor weights = linear.weights();
    OpCost product = moved(weights).plus(new OpCost(0, 2 * rows * weights.elements()));
    return linear.bias() == null ? product : product.plus(moved(linear.bias()));
  }

  /** A residual y += z on top: R N; y is read, too. */
  OpCost withResidual(Tensor y) {
    return plus(elementwise(1, y, y));
  }

  /** 4 R D: square and sum, scale, weight. x, weight, y. */
  static OpCost rmsNorm(Tensor x, Tensor weight, Tensor y) {
    return elementwise(4, x, x, weight, y);
  }

  /**
   * 8 R D: mean 1, variance 3, normalise 2, weight and bias 2. x, weight, bias, y. GroupNorm, too.
   */
  static OpCost layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor y) {
    return elementwise(8, x, x, weight, bias, y);
  }

  /** A comparison for each pixel of a window. x once, y. */
  static OpCost maxPool(Tensor x, Windows windows, Tensor y) {
    return elementwise(windows.windowHeight() * windows.windowWidth(), y, x, y);
  }

  /** R D. x, gain, y. */
  static OpCost scaleColumns(Tensor x, Tensor gain, Tensor y) {
    return elementwise(1, x, x, gain, y);
  }

  /** 5 R D: scale, erf, add, halve, multiply. x, y. */
  static OpCost gelu(Tensor x, Tensor y) {
    return elementwise(5, x, x, y);
  }

  /** R D. y is read and written, x is read. */
  static OpCost add(Tensor y, Tensor x) {
    return elementwise(1, y, y, y, x);
  }

  /**
   * 3 R (H + Hkv) K: two products and a sum for each element rotated. qkv [R, (H + 2 Hkv) K] read,
   * of it queries, keys and values written; R rows of cosines and sines [K/2]; positions, slots.
   */
  static OpCost ropeAppend(Tensor qkv, RotaryTable rotary, CacheRows rows, int heads, int kvHeads) {
    long headSize = qkv.size(1) / (heads + 2L * kvHeads);
    long rotated = qkv.size(0) * (heads + kvHeads) * headSize;
    long angles = 2 * qkv.size(0) * rotary.cos().size(1) * rotary.cos().dtype().bytes();
    return moved(qkv, qkv, rows.positions(), rows.slots()).plus(new OpCost(angles, 3 * rotated));
  }

  /** 3 R H K, as above. x is read and written; cos, sin. */
  static OpCost ropePairs(Tensor x, Tensor cos, Tensor sin) {
    return elementwise(3, x, x, x, cos, sin);
  }

  /** 4 T U H K: scores and weighted sums of U keys for T queries. q, k, v, y. */
  static OpCost attention(Tensor q, Tensor k, Tensor v, Tensor y) {
    return moved(q, k, v, y).plus(new OpCost(0, 4 * k.size(0) * q.elements()));
  }

  /**
   * 4 H K (S of all rows added up), S = 1 + row's slot. q, y, the rows' indices, and of each
   * sequence the keys and values of its longest row, once.
   *
   * @param sequences of each row
   * @param rowSlots of each row: it sees slots 0 to this
   */
  static OpCost pagedAttention(
      Tensor q, Tensor keyPages, int[] sequences, int[] rowSlots, Tensor y) {
    long seen = 0;
    int[] longest = new int[Arrays.stream(sequences).max().orElse(-1) + 1]; // of each sequence
    for (int row = 0; row < rowSlots.length; row++) {
      int slots = rowSlots[row] + 1;
      seen += slots;
      longest[sequences[row]] = Math.max(longest[sequences[row]], slots);
    }
    long cached = 0;
    for (int slots : longest) {
      cached += slots;
    }
    long slotBytes = 2 * keyPages.size(1) * keyPages.size(3) * keyPages.dtype().bytes();
    long indexBytes = 8L * rowSlots.length;
    OpCost cache = new OpCost(cached * slotBytes + indexBytes, 4 * seen * q.size(1) * q.size(2));
    return moved(q, y).plus(cache);
  }

  /** n pages read and written, and their n sources and targets. */
  static OpCost copyPages(Tensor pages, Tensor source, Tensor target) {
    long pageBytes = pages.size(0) == 0 ? 0 : pages.bytes() / pages.size(0);
    return moved(source, target).plus(new OpCost(2 * source.elements() * pageBytes, 0));
  }

  /** R rows read from {@code table} and written to y; their indices. */
  static OpCost rows(Tensor table, Tensor indices, Tensor y) {
    return moved(indices, y).plus(new OpCost(y.elements() * table.dtype().bytes(), 0));
  }

  /**
   * 2 operations for each value of {@code patches}: subtract the mean, multiply; stretching is
   * integer arithmetic. The picture; the stretched one, three bytes a pixel, twice; patches.
   */
  static OpCost imagePatches(Tensor rgb, Tensor meanStd, int imageSize, Tensor patches) {
    long stretched = 3L * imageSize * imageSize;
    return elementwise(2, patches, rgb, meanStd, patches).plus(new OpCost(2 * stretched, 0));
  }
}
