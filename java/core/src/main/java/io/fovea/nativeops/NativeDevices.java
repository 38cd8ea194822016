package io.fovea.nativeops;

import io.fovea.binding.fovea;
import io.fovea.tensor.DeviceKind;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/**
 * The devices of one kind on this host.
 *
 * @param devices by ordinal; empty where {@code absence} says why
 * @param absence why there is none, else null
 */
public record NativeDevices(DeviceKind kind, List<Found> devices, @Nullable String absence) {
  /**
   * One device.
   *
   * @param description one line: what it is, or why it cannot be used
   */
  public record Found(boolean usable, String description) {}

  public NativeDevices {
    devices = List.copyOf(devices);
  }

  /**
   * Looks for devices; opens none.
   *
   * @throws io.fovea.NativeLibraryException where the library cannot be loaded
   */
  public static NativeDevices find(DeviceKind kind) {
    String noPlugin = NativeLibrary.load().cudaAbsence();
    if (kind == DeviceKind.CUDA && noPlugin != null) {
      return new NativeDevices(kind, List.of(), noPlugin);
    }
    int count = fovea.fov_device_count(kind.code());
    if (count < 0) {
      return new NativeDevices(kind, List.of(), fovea.fov_last_error().getString());
    }
    List<Found> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count; ordinal++) {
      devices.add(describe(kind, ordinal));
    }
    return new NativeDevices(kind, devices, count == 0 ? "the driver knows no device" : null);
  }

  private static Found describe(DeviceKind kind, int ordinal) {
    BytePointer text = fovea.fov_device_description(kind.code(), ordinal);
    return text == null
        ? new Found(false, fovea.fov_last_error().getString())
        : new Found(true, text.getString());
  }

  /** Why the device of that number cannot be used, or null where it can. */
  public @Nullable String obstacle(int ordinal) {
    if (absence != null) {
      return absence;
    }
    if (ordinal >= devices.size()) {
      return "this host has " + devices.size() + (devices.size() == 1 ? " device" : " devices");
    }
    Found device = devices.get(ordinal);
    return device.usable() ? null : device.description();
  }
}
