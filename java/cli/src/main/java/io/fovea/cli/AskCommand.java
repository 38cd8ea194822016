package io.fovea.cli;

import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.text.PromptTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea ask}: one question, one answer. */
@Command(
    name = "ask",
    description = "Answers one question, about a picture or without one.",
    footer = {
      "",
      "Examples:",
      "  fovea ask --image photo.png \"How many circles are there?\"",
      "  fovea ask --image photo.png --json \"What color is the star?\"",
      "  fovea ask --image photo.png --template base \"Where is the star?\""
    })
final class AskCommand extends EngineCommand {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description = "The picture: PNG, JPEG, GIF, BMP or WebP. Default: none.")
  private @Nullable Path image;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      defaultValue = "vqa",
      description = "Prompt form: base, chat or vqa (short answers). Default: vqa.")
  @SuppressWarnings("NullAway.Init") // has a default
  private PromptTemplate template;

  @ArgGroup(exclusive = false, validate = false, order = 10, heading = "%nGeneration:%n")
  private SamplingFlags sampling = new SamplingFlags();

  @Parameters(paramLabel = "QUESTION", description = "The question.")
  @SuppressWarnings("NullAway.Init") // required
  private String question;

  /** The JSON result. */
  record Result(
      String command,
      String model,
      Facts.@Nullable Picture image,
      String question,
      String text,
      @Nullable List<Facts.Found> regions,
      String finish,
      Facts.Tokens tokens,
      Facts.Milliseconds milliseconds) {}

  @Override
  int run(FoveaEngine engine) {
    EncodedImage encoded = encodeOrNone(engine, image);
    try {
      Answer answer =
          engine.chat(
              ChatRequest.of(encoded, question)
                  .withTemplate(template)
                  .withOptions(sampling.options()));
      if (json()) {
        printJson(result(modelName(engine), encoded, answer));
      } else {
        out().println(answer.text());
      }
    } finally {
      close(encoded);
    }
    return ExitCode.OK;
  }

  private Result result(String model, @Nullable EncodedImage encoded, Answer answer) {
    return new Result(
        "ask",
        model,
        Facts.Picture.ofNullable(image, encoded),
        question,
        answer.text(),
        encoded == null ? null : Facts.Found.of(answer.regions(), encoded.size()),
        answer.finish().name().toLowerCase(Locale.ROOT),
        Facts.Tokens.of(answer.usage()),
        Facts.Milliseconds.of(answer.timings()));
  }
}
