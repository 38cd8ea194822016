package io.fovea;

import org.jspecify.annotations.Nullable;

/**
 * Every failure that Fovea reports on purpose. The message says what is wrong and what to do about
 * it; callers tell the kinds apart by type.
 */
public abstract sealed class FoveaException extends RuntimeException
    permits DeadlineExceededException,
        DeviceMemoryException,
        DeviceUnavailableException,
        EngineClosedException,
        GenerationCancelledException,
        ImageException,
        InvalidRequestException,
        ModelLoadException,
        ModelWriteException,
        NativeFaultException,
        NativeLibraryException,
        RequestRejectedException,
        UnsupportedModelException {
  private static final long serialVersionUID = 1;

  FoveaException(String message) {
    super(message);
  }

  FoveaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
