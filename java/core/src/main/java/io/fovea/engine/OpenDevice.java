package io.fovea.engine;

import io.fovea.DeviceUnavailableException;
import io.fovea.nativeops.NativeDevices;
import io.fovea.nativeops.NativeLibrary;
import io.fovea.nativeops.NativeLoadReport;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.Products;
import io.fovea.tensor.DeviceKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device that was opened for an engine, and the report of the choice. */
record OpenDevice(NativeOps ops, DeviceReport report) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenDevice.class);
  private static final Device FIRST_GPU = Device.cuda(0);

  /** How a device is opened. */
  private record Setting(int threads, Products products) {}

  /**
   * Opens what was asked for.
   *
   * @param threads of the processor; 0 takes all, a GPU ignores it
   * @throws DeviceUnavailableException where a device asked for by name cannot be used
   */
  static OpenDevice open(Device asked, int threads, Products products) {
    Setting setting = new Setting(threads, products);
    return asked.kind() == Device.Kind.AUTO ? automatic(setting) : named(asked, setting);
  }

  private static OpenDevice named(Device asked, Setting setting) {
    String obstacle = obstacle(asked);
    if (obstacle != null) {
      throw new DeviceUnavailableException(
          asked + " was asked for, but " + obstacle,
          "use device cpu or auto; 'fovea doctor' lists what this host offers");
    }
    return open(asked, setting, asked + " was asked for", List.of());
  }

  private static OpenDevice automatic(Setting setting) {
    String obstacle = obstacle(FIRST_GPU);
    if (obstacle == null) {
      try {
        return open(FIRST_GPU, setting, "auto: " + FIRST_GPU + " can be used", List.of());
      } catch (DeviceUnavailableException e) { // such as one that another process has for itself
        obstacle = e.getMessage();
      }
    }
    return open(
        Device.cpu(),
        setting,
        "auto: cpu, because cuda cannot be used: " + obstacle,
        List.of("cuda: " + obstacle));
  }

  private static OpenDevice open(
      Device device, Setting setting, String reason, List<String> notes) {
    NativeOps ops =
        NativeOps.open(kind(device), device.ordinal(), setting.threads(), setting.products());
    try {
      DeviceReport report = report(device, ops, reason, notes);
      LOG.info("device {} ({})", report.name(), reason);
      return new OpenDevice(ops, report);
    } catch (RuntimeException | Error e) {
      ops.close();
      throw e;
    }
  }

  private static @Nullable String obstacle(Device device) {
    return NativeDevices.find(kind(device)).obstacle(device.ordinal());
  }

  private static DeviceReport report(
      Device device, NativeOps ops, String reason, List<String> choiceNotes) {
    NativeLoadReport library = NativeLibrary.load();
    List<String> notes = new ArrayList<>(library.notes());
    notes.addAll(choiceNotes);
    return DeviceReport.builder()
        .device(device)
        .name(name(device))
        .memoryBytes(ops.memory().totalBytes())
        .threads(ops.threads())
        .cpuFeatures(library.cpuFeatures())
        .libraryLocation(library.location())
        .buildId(library.buildId())
        .reason(reason)
        .notes(notes)
        .build();
  }

  /** How results name the device. */
  private static String name(Device device) {
    return device.kind() == Device.Kind.CPU
        ? "processor (" + System.getProperty("os.arch", "unknown") + ")"
        : NativeDevices.find(kind(device)).devices().get(device.ordinal()).description();
  }

  boolean isHost() {
    return report.isHost();
  }

  static DeviceKind kind(Device device) {
    return switch (device.kind()) {
      case CPU -> DeviceKind.CPU;
      case CUDA -> device.emulated() ? DeviceKind.CUDA_EMULATED : DeviceKind.CUDA;
      case AUTO -> throw new IllegalArgumentException("auto is a choice, not a device");
    };
  }

  @Override
  public void close() {
    ops.close();
  }
}
