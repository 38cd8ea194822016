package io.fovea.cli;

import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.text.PromptTemplate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
  @Mixin private QuestionFlags about = new QuestionFlags();

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
  void check() {
    if (question.isBlank()) {
      throw new CommandFailure("the question is empty", "say what to ask");
    }
    checkPicture(about.image());
    about.options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    EncodedImage encoded = encodeOrNone(engine, about.image());
    try {
      Answer answer =
          engine.chat(
              ChatRequest.of(encoded, question)
                  .withTemplate(about.template(PromptTemplate.VQA))
                  .withOptions(about.options()));
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
        Facts.Picture.ofNullable(about.image(), encoded),
        question,
        answer.text(),
        encoded == null ? null : Facts.Found.of(answer.regions(), encoded.size()),
        answer.finish().name().toLowerCase(Locale.ROOT),
        Facts.Tokens.of(answer.usage()),
        Facts.Milliseconds.of(answer.timings()));
  }
}
