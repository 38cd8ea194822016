package io.fovea.nativeops;

import io.fovea.tensor.DType;
import io.fovea.tensor.Descriptors;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for the tensors of one forward step: handed out in order, taken back to a mark. Chunks are
 * kept for the next step, so a steady state allocates nothing.
 */
final class ScratchArena {
  private static final long CHUNK = 8L << 20; // bytes
  private static final long ALIGNMENT = 64;

  private final NativeMemory memory;
  private final DeviceKind device;
  private final Descriptors descriptors = new Descriptors(Native::addressOf, 1024);
  private final List<NativeMemory.NativeAllocation> chunks = new ArrayList<>();
  private final List<Long> sizes = new ArrayList<>();
  private int chunk;
  private long offset;

  ScratchArena(NativeMemory memory, DeviceKind device) {
    this.memory = memory;
    this.device = device;
  }

  /** A position to come back to. */
  record Mark(int chunk, long offset, int descriptors) {}

  Mark mark() {
    return new Mark(chunk, offset, descriptors.mark());
  }

  void release(Mark mark) {
    chunk = mark.chunk();
    offset = mark.offset();
    descriptors.releaseTo(mark.descriptors());
  }

  /** An uninitialised tensor. */
  Tensor tensor(DType dtype, long... shape) {
    long bytes = dtype.bytes();
    for (long size : shape) {
      bytes = Math.multiplyExact(bytes, size);
    }
    return Tensor.contiguous(descriptors, address(bytes), dtype, device, shape);
  }

  private long address(long bytes) {
    long wanted = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    while (chunk < chunks.size() && offset + wanted > sizes.get(chunk)) {
      chunk++;
      offset = 0;
    }
    if (chunk == chunks.size()) {
      long size = Math.max(CHUNK, wanted);
      chunks.add(memory.allocateBytes(size, DType.U8, size));
      sizes.add(size);
    }
    long address = chunks.get(chunk).address() + offset;
    offset += wanted;
    return address;
  }

  /** How many chunks the arena holds. */
  int chunks() {
    return chunks.size();
  }
}
