package io.fovea.engine;

import java.lang.management.ManagementFactory;

/** The memory of the machine, or of the container that the JVM runs in. */
final class HostMemory {
  private HostMemory() {}

  /** All of it, used or not; where the JVM does not tell, the most its heap may take. */
  static long totalBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
