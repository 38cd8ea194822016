package io.fovea.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fovea.nativeops.NativeDevices;
import io.fovea.nativeops.NativeLibrary;
import io.fovea.tensor.DeviceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The device that tests with the tag "device" run on: system property {@code fovea.test.device},
 * the processor by default.
 */
public final class TestDevice {
  private static final String EMULATED_LIBRARY = "libfovea_cuda_emulated.so";

  private TestDevice() {}

  /** The device; where this host or this build has none, the test is skipped and says so. */
  static Device get() {
    Device device = Device.parse(System.getProperty("fovea.test.device", "cpu"));
    String absence = absence(device);
    assumeTrue(absence == null, device + " is absent: " + absence);
    return device;
  }

  /** The same for tests below the engine. */
  public static DeviceKind kind() {
    return OpenDevice.kind(get());
  }

  /** An emulated device is absent only where it was not built: one that fails is a failure. */
  private static @Nullable String absence(Device device) {
    if (device.emulated()) {
      Path folder = Path.of(NativeLibrary.load().location());
      boolean built = Files.exists(folder.resolve(EMULATED_LIBRARY));
      return built ? null : folder + " has no " + EMULATED_LIBRARY;
    }
    return NativeDevices.find(OpenDevice.kind(device)).obstacle(device.ordinal());
  }
}
