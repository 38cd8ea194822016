package io.fovea.cli;

import static org.bytedeco.cuda.global.nvml.NVML_SUCCESS;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.cuda.global.nvml;
import org.bytedeco.cuda.nvml.nvmlDevice_st;
import org.bytedeco.cuda.nvml.nvmlMemory_t;
import org.bytedeco.cuda.nvml.nvmlUtilization_t;

/**
 * What NVIDIA's management library says of each GPU. The library comes with the driver, its binding
 * with the jars {@code org.bytedeco:cuda}, which are optional: {@link #facts} is the only way in.
 */
final class Nvml {
  private static final int NAME_BYTES = 96; // NVML_DEVICE_NAME_V2_BUFFER_SIZE

  private Nvml() {}

  /** One line for the library and one for each GPU, or one that says why there are none. */
  static List<String> facts() {
    try {
      return read();
    } catch (LinkageError e) { // the binding is not on the classpath, or the driver has no library
      return List.of("NVML: not present (wants the driver and the jars of org.bytedeco:cuda)");
    }
  }

  private static List<String> read() {
    int status = nvml.nvmlInit_v2();
    if (status != NVML_SUCCESS) {
      return List.of("NVML: " + nvml.nvmlErrorString(status).getString());
    }
    try {
      List<String> lines = new ArrayList<>();
      byte[] version = new byte[NAME_BYTES];
      check(nvml.nvmlSystemGetDriverVersion(version, version.length));
      lines.add("NVML: driver " + text(version));
      int[] count = new int[1];
      check(nvml.nvmlDeviceGetCount_v2(count));
      for (int index = 0; index < count[0]; index++) {
        lines.add(line(index));
      }
      return lines;
    } catch (IllegalStateException e) {
      return List.of("NVML: " + e.getMessage());
    } finally {
      nvml.nvmlShutdown();
    }
  }

  private static String line(int index) {
    try (nvmlDevice_st device = new nvmlDevice_st();
        nvmlMemory_t memory = new nvmlMemory_t()) {
      check(nvml.nvmlDeviceGetHandleByIndex_v2(index, device));
      byte[] name = new byte[NAME_BYTES];
      check(nvml.nvmlDeviceGetName(device, name, name.length));
      check(nvml.nvmlDeviceGetMemoryInfo(device, memory));
      return String.format(
          Locale.ROOT,
          "NVML: GPU %d %s, %s of %s in use%s",
          index,
          text(name),
          Sizes.bytes(memory.used()),
          Sizes.bytes(memory.total()),
          load(device));
    }
  }

  /** Use and power where the GPU measures them. */
  private static String load(nvmlDevice_st device) {
    int[] milliwatts = new int[1];
    try (nvmlUtilization_t use = new nvmlUtilization_t()) {
      boolean measured =
          nvml.nvmlDeviceGetUtilizationRates(device, use) == NVML_SUCCESS
              && nvml.nvmlDeviceGetPowerUsage(device, milliwatts) == NVML_SUCCESS;
      return measured ? ", " + use.gpu() + " % busy, " + milliwatts[0] / 1000 + " W" : "";
    }
  }

  private static void check(int status) {
    if (status != NVML_SUCCESS) {
      throw new IllegalStateException(nvml.nvmlErrorString(status).getString());
    }
  }

  /** A C string. */
  private static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
