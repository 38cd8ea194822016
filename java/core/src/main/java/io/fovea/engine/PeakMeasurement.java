package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.model.FloatTensors;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Linear;
import io.fovea.ops.Products;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Measures a device's peaks with its own ops, so they are what the best of our kernels reach rather
 * than what a data sheet promises: {@code linear} of square matrices for arithmetic, {@code add} of
 * long rows for memory. Sizes grow until a call is long enough to be timed well. In a context of
 * its own: everything is freed afterwards.
 */
final class PeakMeasurement {
  private static final int CALLS = 4; // of each size; the fastest counts
  private static final double LONG_ENOUGH = 30; // milliseconds
  private static final int FIRST_SIDE = 64;
  private static final int LAST_SIDE = 4096;
  private static final int COLUMNS = 1 << 12;
  private static final int FIRST_ROWS = 1 << 4; // 256 KiB a tensor
  private static final int LAST_ROWS = 1 << 15; // 512 MiB
  private static final long PART_OF_FREE = 16; // of the free memory a tensor may take

  private final NativeOps ops;
  private final DType dtype;

  private PeakMeasurement(NativeOps ops, DType dtype) {
    this.ops = ops;
    this.dtype = dtype;
  }

  /** The peaks that {@code options} give; those they do not are measured. */
  static Peaks of(DeviceReport device, DType dtype, ProfileOptions options) {
    Double gflops = options.peakGflops();
    Double gigabytes = options.peakGigabytes();
    if (gflops != null && gigabytes != null) {
      return new Peaks(gflops, "given", gigabytes, "given");
    }
    try (NativeOps ops =
        NativeOps.open(
            OpenDevice.kind(device.device()),
            device.device().ordinal(),
            device.threads(),
            Products.FLOAT)) {
      PeakMeasurement measurement = new PeakMeasurement(ops, dtype);
      return new Peaks(
          gflops == null ? measurement.gflops() : gflops,
          gflops == null ? "measured: linear, " + dtype : "given",
          gigabytes == null ? measurement.gigabytes() : gigabytes,
          gigabytes == null ? "measured: add, F32" : "given");
    }
  }

  /** The best rate of any size. */
  private double gflops() {
    double best = 0;
    for (int side = FIRST_SIDE; side <= LAST_SIDE && fits(4L * side * side); side *= 2) {
      double milliseconds;
      try {
        milliseconds = linear(side);
      } catch (DeviceMemoryException e) {
        break; // the model and its cache have the rest
      }
      best = Math.max(best, 2.0 * side * side * side / milliseconds / 1e6);
      if (milliseconds >= LONG_ENOUGH) {
        break;
      }
    }
    return best;
  }

  /** Milliseconds of x W^T, both {@code side} x {@code side}. */
  private double linear(int side) {
    float[] values = new float[side * side];
    Arrays.fill(
        values, 1f / side); // neither zero nor subnormal: some processors are slow with those
    ByteBuffer host = FloatTensors.direct(values);
    Tensor square = ops.memory().hostView(host, DType.F32, side, side);
    Linear weights = ops.pack(StoredWeights.plain(square), null, null, dtype);
    try (DeviceMemory.Allocation x = ops.memory().allocate(dtype, side, side)) {
      ops.convertInto(square, x.tensor());
      return fastest(() -> ops.linear(x.tensor(), weights));
    }
  }

  /** The rate of the largest size: smaller ones may lie in a cache. */
  private double gigabytes() {
    double rate = 0;
    for (int rows = FIRST_ROWS; rows <= LAST_ROWS && fits(4L * rows * COLUMNS); rows *= 2) {
      double milliseconds;
      try {
        milliseconds = add(rows);
      } catch (DeviceMemoryException e) {
        break;
      }
      rate = 3.0 * Float.BYTES * rows * COLUMNS / milliseconds / 1e6;
      if (milliseconds >= LONG_ENOUGH) {
        break;
      }
    }
    return rate;
  }

  /** Milliseconds of y += x, both [rows, COLUMNS] f32: two read, one written. */
  private double add(int rows) {
    try (DeviceMemory.Allocation x = ops.memory().allocate(DType.F32, rows, COLUMNS);
        DeviceMemory.Allocation y = ops.memory().allocate(DType.F32, rows, COLUMNS)) {
      fill(x.tensor());
      fill(y.tensor());
      return fastest(() -> ops.addInPlace(y.tensor(), x.tensor()));
    }
  }

  private void fill(Tensor rows) {
    float[] values = new float[COLUMNS];
    Arrays.fill(values, 1);
    Tensor row = ops.memory().hostView(FloatTensors.direct(values), DType.F32, 1, COLUMNS);
    ops.convertInto(row, rows.rows(0, 1));
    for (long done = 1; done < rows.size(0); done *= 2) { // a power of two
      ops.convertInto(rows.rows(0, done), rows.rows(done, 2 * done));
    }
  }

  private boolean fits(long bytes) {
    return bytes <= ops.memory().freeBytes() / PART_OF_FREE;
  }

  private double fastest(Runnable call) {
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i <= CALLS; i++) {
      ops.frame(
          () -> {
            ops.clock().mark(0);
            call.run();
            ops.clock().mark(1);
          });
      double milliseconds = ops.clock().milliseconds(0, 1);
      fastest = i == 0 ? fastest : Math.min(fastest, milliseconds); // the first warms up
    }
    return fastest;
  }
}
