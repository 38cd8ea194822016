package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model to open, and how to run it. */
final class ModelFlags extends RunFlags {
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

  /**
   * The model directory, given or bundled.
   *
   * @throws CommandFailure where there is none
   */
  Path directory() {
    if (model == null) {
      return BundledModel.directory();
    }
    return existing(model);
  }

  /**
   * A model directory that is there.
   *
   * @throws CommandFailure where it is not
   */
  static Path existing(Path model) {
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

  /**
   * Opens the model; the caller closes the engine.
   *
   * @param template of requests that name none; null for the model's own
   */
  FoveaEngine open(
      DecoderFlags pictures, @Nullable PromptTemplate template, ProgressListener progress) {
    EngineBuilder builder =
        FoveaEngine.builder().model(directory()).promptTemplate(template).progress(progress);
    pictures.set(builder);
    if (tokenizer != null) {
      builder.tokenizer(tokenizer);
    }
    set(builder);
    return builder.build();
  }
}
