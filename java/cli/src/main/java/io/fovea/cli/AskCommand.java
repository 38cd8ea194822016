package io.fovea.cli;

import io.fovea.engine.Answer;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
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
      @Nullable List<Facts.Picture> images,
      String question,
      String text,
      @Nullable List<FoundRegion> regions,
      String finish,
      @Nullable Long seed,
      Tokens tokens,
      Milliseconds milliseconds) {}

  @Override
  void check() {
    if (question.isBlank()) {
      throw new CommandFailure("the question is empty", "say what to ask");
    }
    about.images().forEach(EngineCommand::checkPicture);
    about.options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    try (Pictures shown = new Pictures(this::encode)) {
      about.images().forEach(file -> shown.add(engine, file));
      Answer answer = answer(engine, shown);
      if (json()) {
        printJson(result(modelName(engine), shown, answer));
      } else {
        out().println(answer.text());
      }
    }
    return ExitCode.OK;
  }

  private Answer answer(FoveaEngine engine, Pictures shown) {
    PromptTemplate template = about.template();
    return template == null
        ? shown.ask(engine, question, about.options())
        : engine.chat(shown.question(question).template(template).options(about.options()).build());
  }

  private Result result(String model, Pictures shown, Answer answer) {
    return new Result(
        "ask",
        model,
        shown.one(),
        shown.several(),
        question,
        answer.text(),
        Facts.found(answer.regions(), shown.boxed()),
        answer.finish().name().toLowerCase(Locale.ROOT),
        answer.seed(),
        Tokens.of(answer.usage()),
        Milliseconds.of(answer.timings()));
  }
}
