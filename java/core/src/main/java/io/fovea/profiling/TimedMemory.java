package io.fovea.profiling;

import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Device memory whose copies to and from the host are timed like ops. */
record TimedMemory(DeviceMemory memory, OpTimer timer) implements DeviceMemory {
  @Override
  public Allocation allocate(DType dtype, long... shape) {
    return memory.allocate(dtype, shape);
  }

  @Override
  public void upload(ByteBuffer source, Tensor target) {
    timer.time("upload", () -> memory.upload(source, target), OpCost.moved(target), target);
  }

  @Override
  public void download(Tensor source, ByteBuffer target) {
    timer.time("download", () -> memory.download(source, target), OpCost.moved(source), source);
  }

  @Override
  public Tensor hostView(long address, DType dtype, long... shape) {
    return memory.hostView(address, dtype, shape);
  }

  @Override
  public Tensor hostView(ByteBuffer direct, DType dtype, long... shape) {
    return memory.hostView(direct, dtype, shape);
  }

  @Override
  public Mapping map(Path file) {
    return memory.map(file);
  }

  @Override
  public long allocatedBytes() {
    return memory.allocatedBytes();
  }

  @Override
  public long freeBytes() {
    return memory.freeBytes();
  }

  @Override
  public long totalBytes() {
    return memory.totalBytes();
  }
}
