package io.fovea.engine;

import io.fovea.nativeops.NativeLibrary;
import io.fovea.nativeops.NativeLoadReport;
import java.util.ArrayList;
import java.util.List;

/**
 * The device in use, and why it and no other.
 *
 * @param kind "cpu"
 * @param name of the device
 * @param threads that compute
 * @param cpuFeatures what the processor offers and what the library uses of it
 * @param libraryLocation folder the native library was loaded from
 * @param buildId of the native library
 * @param notes one line for each finding, such as why another device is not used
 */
public record DeviceReport(
    String kind,
    String name,
    int threads,
    String cpuFeatures,
    String libraryLocation,
    String buildId,
    List<String> notes) {
  /** Why {@link Device#auto} takes the processor. */
  static final String NO_CUDA = "cuda: this version has no CUDA library, the processor is used";

  public DeviceReport {
    notes = List.copyOf(notes);
  }

  /**
   * What an engine would find here, without loading a model.
   *
   * @throws io.fovea.NativeLibraryException where the native library cannot be loaded
   */
  public static DeviceReport probe() {
    return of(Runtime.getRuntime().availableProcessors());
  }

  static DeviceReport of(int threads) {
    NativeLoadReport library = NativeLibrary.load();
    List<String> notes = new ArrayList<>(library.notes());
    notes.add(NO_CUDA);
    return new DeviceReport(
        "cpu",
        "processor (" + System.getProperty("os.arch", "unknown") + ")",
        threads,
        library.cpuFeatures(),
        library.location(),
        library.buildId(),
        notes);
  }
}
