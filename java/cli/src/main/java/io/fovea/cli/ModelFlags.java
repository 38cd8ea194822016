package io.fovea.cli;

import io.fovea.InvalidRequestException;
import io.fovea.ProgressListener;
import io.fovea.engine.ActivationType;
import io.fovea.engine.ComputeType;
import io.fovea.engine.Device;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which model to open, and how to run it. */
final class ModelFlags {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR",
      description = "Model directory as on Hugging Face. Default: the bundled cogvlm-shapes.")
  private @Nullable Path model;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description = "tokenizer.model, or its folder, for a model directory without one.")
  private @Nullable Path tokenizer;

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

  /**
   * The model directory, given or bundled.
   *
   * @throws CommandFailure where there is none
   */
  Path directory() {
    if (model == null) {
      return BundledModel.directory();
    }
    if (!Files.isDirectory(model)) {
      boolean exists = Files.exists(model);
      boolean hubName = !exists && model.toString().matches("[\\w.-]+/[\\w.-]+");
      throw new CommandFailure(
          exists ? model + " is a file, not a model folder" : "there is no folder " + model,
          hubName
              ? "if this is a name on Hugging Face, " + PathArgument.downloadOf(model.toString())
              : "name a folder with config.json and weights in safetensors");
    }
    return model;
  }

  /** Whether the choice of a device was asked for, so that its reason is wanted too. */
  boolean asksForAChoice() {
    return device != null && device.kind() == Device.Kind.AUTO;
  }

  /**
   * Opens the model; the caller closes the engine.
   *
   * @param template of requests that name none; null for the model's own
   */
  FoveaEngine open(
      DecoderFlags pictures, @Nullable PromptTemplate template, ProgressListener progress) {
    EngineBuilder builder =
        FoveaEngine.builder()
            .model(directory())
            .device(device == null ? Device.auto() : device)
            .dtype(dtype)
            .activations(activations)
            .promptTemplate(template)
            .progress(progress);
    pictures.set(builder);
    if (tokenizer != null) {
      builder.tokenizer(tokenizer);
    }
    if (threads != null) {
      builder.threads(threads);
    }
    if (contextTokens != null) {
      builder.contextTokens(contextTokens);
    }
    return builder.build();
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
