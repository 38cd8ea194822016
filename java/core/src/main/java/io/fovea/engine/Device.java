package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonValue;
import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import java.util.Locale;

/**
 * Which device an engine shall use. A device asked for by name is used or the engine does not
 * start; only {@link #auto} chooses, and {@link DeviceReport} says what and why.
 */
@AutoValue
public abstract class Device {
  private static final String EMULATED = "cuda-emulated";

  /** Kinds of devices. */
  public enum Kind {
    /** The engine chooses. */
    AUTO,
    /** The processor. */
    CPU,
    /** An NVIDIA GPU. */
    CUDA
  }

  Device() {}

  /** What was asked for. */
  public abstract Kind kind();

  /** Number of the device among its kind, from 0. */
  public abstract int ordinal();

  /**
   * Whether the processor runs the kernels of the CUDA backend, thousands of times slower: for
   * testing them without a GPU. No release ships that; it is there where the native tests were
   * built.
   */
  abstract boolean emulated();

  static Device of(Kind kind, int ordinal) {
    if (ordinal < 0) {
      throw new InvalidRequestException("device ordinal " + ordinal, "count devices from 0");
    }
    return new AutoValue_Device(kind, ordinal, false);
  }

  /** The first NVIDIA GPU where it can be used, else the processor. */
  public static Device auto() {
    return of(Kind.AUTO, 0);
  }

  /** The processor. */
  public static Device cpu() {
    return of(Kind.CPU, 0);
  }

  /** The NVIDIA GPU of that number. */
  public static Device cuda(int ordinal) {
    return of(Kind.CUDA, ordinal);
  }

  static Device cudaEmulated() {
    return new AutoValue_Device(Kind.CUDA, 0, true);
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
  @JsonValue
  @Override
  public final String toString() {
    return switch (kind()) {
      case AUTO, CPU -> kind().name().toLowerCase(Locale.ROOT);
      case CUDA -> emulated() ? EMULATED : "cuda:" + ordinal();
    };
  }
}
