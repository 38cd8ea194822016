package io.fovea.engine;

import io.fovea.FoveaException;
import io.fovea.nativeops.NativeDevices;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DeviceKind;
import java.util.ArrayList;
import java.util.List;

/**
 * A device of this host, or why there is none.
 *
 * @param device by the name to ask for it
 * @param usable whether an engine can be opened on it
 * @param description one line: what it is, or why it cannot be used
 * @param freeBytes of its memory now; 0 where it cannot be used
 * @param totalBytes of its memory; 0 where it cannot be used
 */
public record DeviceOffer(
    Device device, boolean usable, String description, long freeBytes, long totalBytes) {

  /**
   * The processor, then every NVIDIA GPU, or {@code cuda:0} with the reason why there is none. Each
   * is opened for a moment.
   *
   * @throws io.fovea.NativeLibraryException where the native library cannot be loaded
   */
  public static List<DeviceOffer> probe() {
    List<DeviceOffer> offers = new ArrayList<>();
    offers.addAll(all(Device.Kind.CPU, NativeDevices.find(DeviceKind.CPU)));
    offers.addAll(all(Device.Kind.CUDA, NativeDevices.find(DeviceKind.CUDA)));
    return List.copyOf(offers);
  }

  private static List<DeviceOffer> all(Device.Kind kind, NativeDevices found) {
    String absence = found.absence();
    if (absence != null) {
      return List.of(unusable(Device.of(kind, 0), absence));
    }
    List<DeviceOffer> offers = new ArrayList<>();
    for (NativeDevices.Found each : found.devices()) {
      Device device = Device.of(kind, offers.size());
      offers.add(
          each.usable()
              ? opened(device, each.description())
              : unusable(device, each.description()));
    }
    return offers;
  }

  private static DeviceOffer opened(Device device, String description) {
    try (NativeOps ops = NativeOps.open(OpenDevice.kind(device), device.ordinal(), 1)) {
      DeviceMemory memory = ops.memory();
      return new DeviceOffer(device, true, description, memory.freeBytes(), memory.totalBytes());
    } catch (FoveaException e) { // such as a GPU that another process has for itself
      return unusable(device, description + ": " + e.getMessage());
    }
  }

  private static DeviceOffer unusable(Device device, String reason) {
    return new DeviceOffer(device, false, reason, 0, 0);
  }
}
