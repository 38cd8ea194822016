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
  /** Kinds of devices. */
  public enum Kind {
    AUTO,
    CPU,
    CUDA
  }

  public Device {
    if (ordinal < 0) {
      throw new InvalidRequestException("device ordinal " + ordinal, "count devices from 0");
    }
  }

  /** The fastest device this build and this host offer. */
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
   * The device named as on a command line: {@code auto}, {@code cpu}, {@code cuda} or {@code
   * cuda:1}.
   *
   * @throws InvalidRequestException for any other text
   */
  public static Device parse(String name) {
    if (name.equals("auto")) {
      return auto();
    }
    if (name.equals("cpu")) {
      return cpu();
    }
    if (name.matches("cuda(:[0-9]{1,3})?")) {
      return cuda(name.length() > 5 ? Integer.parseInt(name.substring(5)) : 0);
    }
    throw new InvalidRequestException(
        "there is no device '" + name + "'", "name one of auto, cpu, cuda, cuda:N");
  }

  @Override
  public String toString() {
    return kind == Kind.CUDA ? "cuda:" + ordinal : kind.name().toLowerCase(Locale.ROOT);
  }
}
