package io.fovea.cli;

import io.fovea.engine.GenerationOptions;
import io.fovea.text.PromptTemplate;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What questions are about, and how they are put and answered. */
final class QuestionFlags {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description = "The picture: PNG, JPEG, GIF, BMP, WebP or TIFF. Default: none.")
  private @Nullable Path image;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = {
        "Prompt form: chat, vqa (short answers), base (no history) or instruction (CogAgent).",
        "Default: vqa of ask, chat of chat."
      })
  private @Nullable PromptTemplate template;

  @ArgGroup(exclusive = false, validate = false, order = 10, heading = "%nGeneration:%n")
  private SamplingFlags sampling = new SamplingFlags();

  /** The picture, or null. */
  @Nullable Path image() {
    return image;
  }

  PromptTemplate template(PromptTemplate byDefault) {
    return template == null ? byDefault : template;
  }

  GenerationOptions options() {
    return sampling.options();
  }
}
