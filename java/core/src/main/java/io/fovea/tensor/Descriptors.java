package io.fovea.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Native memory for tensor descriptors ({@code fov_tensor}, 88 bytes each), handed out in order and
 * taken back all at once. A descriptor is written once, when its tensor is made; every later call
 * passes only its address. Not thread-safe.
 */
public final class Descriptors {
  static final int BYTES = 88;
  private final ToLongFunction<ByteBuffer> addressOf;
  private final int slabSize; // descriptors
  private final List<ByteBuffer> slabs = new ArrayList<>();
  private final List<Long> slabAddresses = new ArrayList<>();
  private int used;

  /**
   * @param addressOf gives the native address of a direct buffer
   * @param slabSize descriptors to make room for at a time
   */
  public Descriptors(ToLongFunction<ByteBuffer> addressOf, int slabSize) {
    this.addressOf = addressOf;
    this.slabSize = slabSize;
  }

  /** How many descriptors are in use: a mark for {@link #releaseTo}. */
  public int mark() {
    return used;
  }

  /** Forgets every descriptor made since {@code mark}; tensors that own them must not be used. */
  public void releaseTo(int mark) {
    used = mark;
  }

  /** Writes a descriptor and returns its address. */
  long write(
      long data, DType dtype, DeviceKind device, Layout layout, long[] shape, long[] stride) {
    if (used == slabs.size() * slabSize) {
      ByteBuffer slab =
          ByteBuffer.allocateDirect(slabSize * BYTES + 8).order(ByteOrder.nativeOrder());
      slabs.add(slab);
      slabAddresses.add(addressOf.applyAsLong(slab));
    }
    ByteBuffer slab = slabs.get(used / slabSize);
    long base = slabAddresses.get(used / slabSize);
    int skew = (int) (-base & 7); // int64 members want 8-byte alignment
    int at = skew + used % slabSize * BYTES;
    used++;
    slab.putLong(at, data);
    slab.putInt(at + 8, dtype.code());
    slab.putInt(at + 12, device.code());
    slab.putInt(at + 16, shape.length);
    slab.putInt(at + 20, layout.code());
    for (int axis = 0; axis < Tensor.MAX_RANK; axis++) {
      slab.putLong(at + 24 + 8 * axis, axis < shape.length ? shape[axis] : 0);
      slab.putLong(at + 56 + 8 * axis, axis < shape.length ? stride[axis] : 0);
    }
    return base + at;
  }
}
