package io.fovea.engine;

import io.fovea.InvalidRequestException;
import java.util.Locale;

/**
 * Which device an engine shall use. A device asked for by name is used or the engine does not
 * start; only {@link #auto} chooses, and {@link DeviceReport} says what and why.
 *
 * @param kind what was asked for
 * @param ordinal number of the device among its kind
 */
public record Device(Kind kind, int ordinal) {
  private static final String EMULATED = "cuda-emulated";

  /** Kinds of devices. */
  public enum Kind {
    AUTO,
    CPU,
    CUDA,
    /** {@link Device#cudaEmulated}. */
    CUDA_EMULATED
  }

  public Device {
    if (ordinal < 0) {
      throw new InvalidRequestException("device ordinal " + ordinal, "count devices from 0");
    }
  }

  /** The first NVIDIA GPU where it can be used, else the processor. */
  public static Device auto() {
    return new Device(Kind.AUTO, 0);
  }

  /** The processor. */
  public static Device cpu() {
    return new Device(Kind.CPU, 0);
  }

  /** The NVIDIA GPU of that number. */
  public static Device cuda(int ordinal) {
    return new Device(Kind.CUDA, ordinal);
  }

  /**
   * The kernels of the CUDA backend, run by the processor, thousands of times slower: for testing
   * them without a GPU. No release ships it; it is there where the native tests were built.
   */
  public static Device cudaEmulated() {
    return new Device(Kind.CUDA_EMULATED, 0);
  }

  /**
   * The device named as on a command line: {@code auto}, {@code cpu}, {@code cuda} or {@code
   * cuda:1}; for tests also {@code cuda-emulated}.
   *
   * @throws InvalidRequestException for any other text
   */
  public static Device parse(String name) {
    if (name.matches("cuda(:[0-9]{1,3})?")) {
      return cuda(name.length() > 5 ? Integer.parseInt(name.substring(5)) : 0);
    }
    return switch (name) {
      case "auto" -> auto();
      case "cpu" -> cpu();
      case EMULATED -> cudaEmulated();
      default ->
          throw new InvalidRequestException(
              "there is no device '" + name + "'", "name one of auto, cpu, cuda, cuda:N");
    };
  }

  /** The name that {@link #parse} reads, with its number where there may be several. */
  @Override
  public String toString() {
    return switch (kind) {
      case AUTO, CPU -> kind.name().toLowerCase(Locale.ROOT);
      case CUDA -> "cuda:" + ordinal;
      case CUDA_EMULATED -> EMULATED;
    };
  }
}
