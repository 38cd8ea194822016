package io.fovea.cli;

import io.fovea.engine.GenerationOptions;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What questions are about, and how they are put and answered. */
final class QuestionFlags {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description = {
        "A picture: PNG, JPEG, GIF, BMP, WebP or TIFF. Default: none.",
        "Give it again for each further one, where the model looks at several."
      })
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = {
        "Prompt form: chat, vqa (short answers), base (no history) or instruction (CogAgent).",
        "Default: ask takes the form of the model for short answers, chat takes chat."
      })
  private @Nullable PromptTemplate template;

  @ArgGroup(exclusive = false, validate = false, order = 10, heading = "%nGeneration:%n")
  private SamplingFlags sampling = new SamplingFlags();

  /** The pictures, in their order. */
  List<Path> images() {
    return images;
  }

  /** The prompt form, or null where none is named. */
  @Nullable PromptTemplate template() {
    return template;
  }

  GenerationOptions options() {
    return sampling.options();
  }
}
