package io.fovea.ops;

import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Memory of one device. Tensors made here live until {@link Allocation#close} or until the device
 * itself is closed; step tensors come from {@link Ops} instead. Used by one thread at a time.
 */
public interface DeviceMemory {
  /** Memory that its owner frees. Closing twice is harmless; use after close is refused. */
  interface Allocation extends AutoCloseable {
    /** A contiguous tensor over the whole allocation; contents undefined at first. */
    Tensor tensor();

    @Override
    void close();
  }

  /**
   * Room for a contiguous tensor.
   *
   * @throws io.fovea.DeviceMemoryException where the device has none left
   */
  Allocation allocate(DType dtype, long... shape);

  /** Copies {@code source} (direct, from its position to its limit) over a contiguous tensor. */
  void upload(ByteBuffer source, Tensor target);

  /** Copies a contiguous tensor to {@code target} (direct, at its position). */
  void download(Tensor source, ByteBuffer target);

  /** A tensor of host memory, for {@code pack}, {@code convert} and the like to read. */
  Tensor hostView(long address, DType dtype, long... shape);

  /** The same over a direct buffer, from its first byte on; the caller keeps it reachable. */
  Tensor hostView(ByteBuffer direct, DType dtype, long... shape);

  /** A file in host memory, read-only. Closing twice is harmless; tensors over it end with it. */
  interface Mapping extends AutoCloseable {
    /** Address of the file's first byte. */
    long address();

    /** Length of the file. */
    long bytes();

    @Override
    void close();
  }

  /**
   * Maps a whole file of any length; its pages are read on first touch and shared between
   * processes.
   *
   * @throws io.fovea.DeviceUnavailableException where it is missing or unreadable
   */
  Mapping map(Path file);

  /** Bytes allocated and not yet freed. */
  long allocatedBytes();

  /** Bytes of the device's memory that nobody uses now, other processes included. */
  long freeBytes();

  /** Bytes of the device's memory in all. */
  long totalBytes();
}
