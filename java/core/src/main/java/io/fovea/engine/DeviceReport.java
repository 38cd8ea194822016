package io.fovea.engine;

import io.fovea.ops.Products;
import java.util.List;

/**
 * The device in use, and why it and no other.
 *
 * @param kind "cpu", "cuda" or, in tests, "cuda-emulated"
 * @param ordinal number of the device among its kind
 * @param name of the device
 * @param memoryBytes of the device in all
 * @param threads of the processor that compute
 * @param cpuFeatures what the processor offers and what the library uses of it
 * @param libraryLocation folder the native library was loaded from
 * @param buildId of the native library
 * @param reason why this device: it was asked for, or what {@link Device#auto} found
 * @param notes one line for each finding, such as why another device is not used
 */
public record DeviceReport(
    String kind,
    int ordinal,
    String name,
    long memoryBytes,
    int threads,
    String cpuFeatures,
    String libraryLocation,
    String buildId,
    String reason,
    List<String> notes) {
  public DeviceReport {
    notes = List.copyOf(notes);
  }

  /**
   * What an engine with {@link Device#auto} would use here, without loading a model. {@link
   * DeviceOffer#probe} lists all devices.
   *
   * @throws io.fovea.NativeLibraryException where the native library cannot be loaded
   */
  public static DeviceReport probe() {
    try (OpenDevice device = OpenDevice.open(Device.auto(), 0, Products.FLOAT)) {
      return device.report();
    }
  }

  /** Whether its memory is the host's, which is shared and grows by paging. */
  boolean isHost() {
    return kind.equals("cpu");
  }
}
