package io.fovea.weights;

import io.fovea.weights.CheckpointFiles.Located;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the weight that made a model compute NaN. Loading does not read weights for it: the
 * files are searched when something came out wrong, once, at the speed of the disk.
 */
public final class NonFiniteSearch {
  private static final int BLOCK_BYTES = 1 << 22; // a multiple of every element

  /**
   * An element's bytes, and the bits of its exponent: all set, with mantissa 0 it is infinite, else
   * NaN. E4M3 has no infinity: its NaN has all bits set but the sign.
   */
  private record Layout(int bytes, long exponent) {
    boolean isFinite(long bits) {
      return (bits & exponent) != exponent;
    }

    String name(long bits) {
      long magnitude = bits & (1L << (8 * bytes - 1)) - 1;
      return magnitude == exponent && bytes > 1 ? "infinite" : "NaN";
    }
  }

  private static final Map<String, Layout> LAYOUTS =
      Map.of(
          "F64", new Layout(8, 0x7ff0000000000000L),
          "F32", new Layout(4, 0x7f800000L),
          "F16", new Layout(2, 0x7c00),
          "BF16", new Layout(2, 0x7f80),
          "F8_E4M3", new Layout(1, 0x7f));

  private final List<Located> tensors;
  private boolean searched;
  private @Nullable String found;

  /**
   * @param tensors those the model uses
   */
  NonFiniteSearch(Collection<Located> tensors) {
    this.tensors = List.copyOf(tensors);
  }

  /**
   * Where the first value is that is no finite number, as "FILE: TENSOR: element N is NaN"; null
   * where all are finite. A file that cannot be read any more is passed over.
   */
  public synchronized @Nullable String first() {
    if (!searched) {
      found = search();
      searched = true;
    }
    return found;
  }

  private @Nullable String search() {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Located located : tensors) {
      Layout layout = LAYOUTS.get(located.tensor().dtype());
      if (layout != null) {
        String fault = search(located, layout, block);
        if (fault != null) {
          return fault;
        }
      }
    }
    return null;
  }

  private static @Nullable String search(Located located, Layout layout, ByteBuffer block) {
    StoredTensor tensor = located.tensor();
    try (FileChannel file = FileChannel.open(located.file(), StandardOpenOption.READ)) {
      for (long at = 0; at < tensor.bytes(); at += block.limit()) {
        block.clear().limit((int) Math.min(BLOCK_BYTES, tensor.bytes() - at));
        while (block.hasRemaining()) {
          if (file.read(block, tensor.offset() + at + block.position()) < 0) {
            return null; // shorter than when it was loaded
          }
        }
        int bad = first(block, layout);
        if (bad >= 0) {
          long element = at / layout.bytes() + bad;
          String value = layout.name(bits(block, bad, layout));
          return located.file() + ": " + tensor.name() + ": element " + element + " is " + value;
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  /** Index of the block's first element that is not finite, or -1. */
  private static int first(ByteBuffer block, Layout layout) {
    int elements = block.limit() / layout.bytes();
    for (int i = 0; i < elements; i++) {
      if (!layout.isFinite(bits(block, i, layout))) {
        return i;
      }
    }
    return -1;
  }

  private static long bits(ByteBuffer block, int index, Layout layout) {
    return switch (layout.bytes()) {
      case 1 -> block.get(index);
      case 2 -> block.getShort(2 * index);
      case 4 -> block.getInt(4 * index);
      default -> block.getLong(8 * index);
    };
  }
}
