package io.fovea.cli;

import io.fovea.InvalidRequestException;
import io.fovea.engine.ActivationType;
import io.fovea.engine.ComputeType;
import io.fovea.engine.Device;
import io.fovea.engine.EngineBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How models run. */
class RunFlags {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      converter = DeviceName.class,
      description =
          "cpu, cuda, cuda:N, or auto: the first GPU that can be used, else the CPU. Default: auto."
              + " A device asked for by name that is absent is an error.")
  private @Nullable Device device;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Arithmetic: auto, f32 or bf16. Default: auto.")
  private ComputeType dtype = ComputeType.AUTO;

  @Option(
      names = "--activations",
      paramLabel = "TYPE",
      description =
          "With int8 and int4 weights: auto, float (exact) or int8 (fast). Default: auto, int8.")
  private ActivationType activations = ActivationType.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; a GPU ignores it. Default: one for each core.")
  private @Nullable Integer threads;

  @Option(
      names = "--context-tokens",
      paramLabel = "N",
      description = "Longest prompt and answer together. Default: the model's.")
  private @Nullable Integer contextTokens;

  /** Whether the choice of a device was asked for, so that its reason is wanted too. */
  boolean asksForAChoice() {
    return device != null && device.kind() == Device.Kind.AUTO;
  }

  /** Passes them on. */
  final void set(EngineBuilder builder) {
    builder.device(device == null ? Device.auto() : device).dtype(dtype).activations(activations);
    if (threads != null) {
      builder.threads(threads);
    }
    if (contextTokens != null) {
      builder.contextTokens(contextTokens);
    }
  }

  /** Reads {@code --device}. */
  static final class DeviceName implements ITypeConverter<Device> {
    @Override
    public Device convert(String name) {
      try {
        return Device.parse(name);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
