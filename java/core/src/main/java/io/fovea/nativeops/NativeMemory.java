package io.fovea.nativeops;

import io.fovea.binding.fovea;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.Descriptors;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Memory of a native context. */
final class NativeMemory implements DeviceMemory {
  private final long context;
  private final DeviceKind device;
  private final Set<NativeAllocation> open = Collections.newSetFromMap(new IdentityHashMap<>());

  NativeMemory(long context, DeviceKind device) {
    this.context = context;
    this.device = device;
  }

  @Override
  public Allocation allocate(DType dtype, long... shape) {
    return allocateBytes(elements(shape) * dtype.bytes(), dtype, shape);
  }

  /** Room of {@code bytes} for weights whose packed size is not their shape's. */
  NativeAllocation allocateBytes(long bytes, DType dtype, long... shape) {
    long address = Native.checkAddress(fovea.fov_memory_allocate(context, Math.max(bytes, 1)));
    NativeAllocation allocation =
        new NativeAllocation(
            address,
            Math.max(bytes, 1),
            Tensor.contiguous(
                new Descriptors(Native::addressOf, 4), address, dtype, device, shape));
    open.add(allocation);
    return allocation;
  }

  @Override
  public void upload(ByteBuffer source, Tensor target) {
    requireSize(source, target);
    Native.check(
        fovea.fov_memory_upload(
            context,
            target.address(),
            Native.addressOf(source) + source.position(),
            source.remaining()));
  }

  @Override
  public void download(Tensor source, ByteBuffer target) {
    requireSize(target, source);
    Native.check(
        fovea.fov_memory_download(
            context,
            Native.addressOf(target) + target.position(),
            source.address(),
            target.remaining()));
  }

  private static void requireSize(ByteBuffer buffer, Tensor tensor) {
    if (!tensor.isContiguous() || tensor.bytes() != buffer.remaining()) {
      throw new IllegalArgumentException(
          tensor + " and a buffer of " + buffer.remaining() + " bytes do not match");
    }
  }

  @Override
  public Tensor hostView(long address, DType dtype, long... shape) {
    return Tensor.contiguous(
        new Descriptors(Native::addressOf, 4), address, dtype, DeviceKind.CPU, shape);
  }

  @Override
  public Tensor hostView(ByteBuffer direct, DType dtype, long... shape) {
    Tensor tensor = hostView(Native.addressOf(direct), dtype, shape);
    if (tensor.bytes() > direct.capacity()) {
      throw new IllegalArgumentException(
          tensor + " does not fit a buffer of " + direct.capacity() + " bytes");
    }
    return tensor;
  }

  @Override
  public Mapping map(Path file) {
    long[] bytes = new long[1];
    long address = Native.checkAddress(fovea.fov_file_map(file.toString(), bytes));
    return new NativeMapping(address, bytes[0]);
  }

  @Override
  public long allocatedBytes() {
    return fovea.fov_context_allocated_bytes(context);
  }

  @Override
  public long freeBytes() {
    return memory()[0];
  }

  @Override
  public long totalBytes() {
    return memory()[1];
  }

  /** Free bytes, total bytes. */
  private long[] memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    Native.check(fovea.fov_context_memory(context, free, total));
    return new long[] {free[0], total[0]};
  }

  /** Allocations nobody has closed yet. */
  int openAllocations() {
    return open.size();
  }

  /** Frees everything still open. */
  void closeAll() {
    for (NativeAllocation allocation : Set.copyOf(open)) {
      allocation.close();
    }
  }

  private static long elements(long[] shape) {
    long n = 1;
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("negative size " + size);
      }
      n = Math.multiplyExact(n, size);
    }
    return n;
  }

  private static final class NativeMapping implements Mapping {
    private final long address;
    private final long bytes;
    private boolean closed;

    private NativeMapping(long address, long bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    @Override
    public long address() {
      if (closed) {
        throw new IllegalStateException("the file is no longer mapped");
      }
      return address;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        fovea.fov_file_unmap(address, bytes);
      }
    }
  }

  /** One native allocation. */
  final class NativeAllocation implements Allocation {
    private final long address;
    private final long bytes;
    private final Tensor tensor;
    private boolean closed;

    private NativeAllocation(long address, long bytes, Tensor tensor) {
      this.address = address;
      this.bytes = bytes;
      this.tensor = tensor;
    }

    @Override
    public Tensor tensor() {
      if (closed) {
        throw new IllegalStateException("the tensor's memory has been freed");
      }
      return tensor;
    }

    long address() {
      return address;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.remove(this);
        Native.check(fovea.fov_memory_free(context, address, bytes));
      }
    }
  }
}
