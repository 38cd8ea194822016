package io.fovea.nativeops;

import io.fovea.DeviceMemoryException;
import io.fovea.DeviceUnavailableException;
import io.fovea.FoveaException;
import io.fovea.NativeFaultException;
import io.fovea.binding.fovea;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** What every native call needs: descriptors, and the one place where a status becomes a throw. */
final class Native {
  /** The descriptor of no tensor. */
  static final long NONE = 0;

  private Native() {}

  /** Address of the tensor's descriptor; {@link #NONE} for null. */
  static long descriptor(@Nullable Tensor tensor) {
    return tensor == null ? NONE : tensor.descriptor();
  }

  /** Throws what {@code status} stands for; the text is the native call's own. */
  static void check(int status) {
    if (status != fovea.FOV_OK) {
      throw failure(status);
    }
  }

  /** The address itself, or the exception of the call that returned null. */
  static long checkAddress(long address) {
    if (address == 0) {
      throw failure(fovea.fov_last_status());
    }
    return address;
  }

  private static RuntimeException failure(int status) {
    String message = fovea.fov_last_error().getString();
    return switch (status) {
      case fovea.FOV_INVALID_ARGUMENT -> new IllegalArgumentException(message);
      case fovea.FOV_UNIMPLEMENTED -> new UnsupportedOperationException(message);
      default -> fault(status, message);
    };
  }

  private static FoveaException fault(int status, String message) {
    return switch (status) {
      case fovea.FOV_OUT_OF_MEMORY ->
          new DeviceMemoryException(
              message, "close what is no longer needed, or lower the KV cache size or the dtype");
      case fovea.FOV_UNAVAILABLE ->
          new DeviceUnavailableException(message, "'fovea doctor' lists what this host offers");
      default -> new NativeFaultException(message);
    };
  }

  /** Native address of a direct buffer's first byte; the buffer must stay reachable. */
  static long addressOf(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("the buffer is not direct");
    }
    // A Pointer made from a buffer starts at the buffer's position; a duplicate starts at 0.
    return new Pointer(direct.duplicate().clear()) {}.address();
  }
}
