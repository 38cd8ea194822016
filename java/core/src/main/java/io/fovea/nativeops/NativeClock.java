package io.fovea.nativeops;

import io.fovea.binding.fovea;
import io.fovea.ops.WorkClock;
import io.fovea.tensor.DeviceKind;
import java.util.function.LongSupplier;

/**
 * Marks and ranges of a native context.
 *
 * @param context its handle; throws once it is closed
 */
record NativeClock(LongSupplier context, DeviceKind device) implements WorkClock {
  @Override
  public void mark(int number) {
    Native.check(fovea.fov_mark_set(context.getAsLong(), number));
  }

  @Override
  public double milliseconds(int from, int to) {
    return fovea.fov_mark_elapsed(context.getAsLong(), from, to);
  }

  @Override
  public void beginRange(String name) {
    if (device == DeviceKind.CUDA) { // elsewhere the name would be handed over for nothing
      fovea.fov_range_begin(context.getAsLong(), name);
    }
  }

  @Override
  public void endRange() {
    if (device == DeviceKind.CUDA) {
      fovea.fov_range_end(context.getAsLong());
    }
  }
}
