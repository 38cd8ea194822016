package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import io.fovea.ops.Products;
import java.util.List;

/** The device in use, and why it and no other. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class DeviceReport {
  DeviceReport() {}

  /** By the name to ask for it; never {@link Device.Kind#AUTO}. */
  public abstract Device device();

  /** What it is, in words. */
  public abstract String name();

  /** Of the device in all. */
  public abstract long memoryBytes();

  /** Of the processor that compute. */
  public abstract int threads();

  /** What the processor offers and what the library uses of it. */
  public abstract String cpuFeatures();

  /** Folder the native library was loaded from. */
  public abstract String libraryLocation();

  /** Of the native library. */
  public abstract String buildId();

  /** Why this device: it was asked for, or what {@link Device#auto} found. */
  public abstract String reason();

  /** One line for each finding, such as why another device is not used. */
  public abstract List<String> notes();

  /** A processor of which nothing is known, to be changed. */
  public static Builder builder() {
    return new AutoValue_DeviceReport.Builder()
        .device(Device.cpu())
        .name("")
        .memoryBytes(0)
        .threads(1)
        .cpuFeatures("")
        .libraryLocation("")
        .buildId("")
        .reason("")
        .notes(List.of());
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
    return device().kind() == Device.Kind.CPU;
  }

  /** Collects {@link DeviceReport}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link DeviceReport#device}. */
    public abstract Builder device(Device value);

    /** {@link DeviceReport#name}. */
    public abstract Builder name(String value);

    /** {@link DeviceReport#memoryBytes}. */
    public abstract Builder memoryBytes(long value);

    /** {@link DeviceReport#threads}. */
    public abstract Builder threads(int value);

    /** {@link DeviceReport#cpuFeatures}. */
    public abstract Builder cpuFeatures(String value);

    /** {@link DeviceReport#libraryLocation}. */
    public abstract Builder libraryLocation(String value);

    /** {@link DeviceReport#buildId}. */
    public abstract Builder buildId(String value);

    /** {@link DeviceReport#reason}. */
    public abstract Builder reason(String value);

    /** {@link DeviceReport#notes}. */
    public abstract Builder notes(List<String> value);

    abstract List<String> notes();

    abstract DeviceReport unchecked();

    /** The value. */
    public DeviceReport build() {
      notes(List.copyOf(notes()));
      return unchecked();
    }
  }
}
