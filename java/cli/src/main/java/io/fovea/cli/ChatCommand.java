package io.fovea.cli;

import io.fovea.FoveaException;
import io.fovea.InvalidRequestException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fovea chat}: a conversation, one line a turn, from a person or a pipe. */
@Command(
    name = "chat",
    description = "Talks about a picture; answers appear as they are generated.",
    footer = {
      "",
      "Lines that begin with a slash:",
      "  /image FILE  talk about another picture, from the beginning",
      "  /add FILE    show one more picture with the next question, if the model can",
      "  /reset       forget the conversation, keep the pictures",
      "  /help        list these",
      "  /quit        leave (so does the end of input)",
      "",
      "Examples:",
      "  fovea chat --image photo.png",
      "  printf 'How many circles are there?\\nWhat color is the star?\\n' |",
      "    fovea chat --image photo.png --json"
    })
final class ChatCommand extends EngineCommand {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  @Mixin private QuestionFlags about = new QuestionFlags();

  private final List<Turn> history = new ArrayList<>();
  private final Pictures shown = new Pictures(this::encode);
  private int added; // pictures since the last answer, which come with the next question
  private boolean failed;

  /** One turn's JSON result, printed on a line of its own. */
  record Result(
      String question,
      String text,
      @Nullable List<FoundRegion> regions,
      String finish,
      @Nullable Long seed,
      Tokens tokens,
      Milliseconds milliseconds) {}

  @Override
  void check() {
    about.images().forEach(EngineCommand::checkPicture);
    about.options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    try (shown;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(terminal().in(), StandardCharsets.UTF_8))) {
      about.images().forEach(file -> shown.add(engine, file));
      String line = nextLine(lines);
      if (line != null && line.startsWith(BYTE_ORDER_MARK)) {
        line = line.substring(1);
      }
      while (line != null && !line.strip().equals("/quit") && !out().checkError()) {
        obey(engine, line.strip());
        line = nextLine(lines);
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "standard input cannot be read: " + e.getMessage(), "type there, or send lines to it", e);
    }
    return failed && !terminal().interactive() ? ExitCode.FAILED : ExitCode.OK;
  }

  private @Nullable String nextLine(BufferedReader lines) throws IOException {
    if (terminal().interactive()) {
      terminal().err().print("> ");
      terminal().err().flush();
    }
    return lines.readLine();
  }

  /** Carries out one line; a failure is reported and the conversation goes on. */
  private void obey(FoveaEngine engine, String line) {
    try {
      if (line.indexOf(Encoding.REPLACEMENT) >= 0) {
        throw new CommandFailure("'" + line + "' is not UTF-8", "write it in UTF-8");
      }
      if (line.startsWith("/")) {
        command(engine, line);
      } else if (!line.isEmpty()) {
        turn(engine, line);
      }
    } catch (FoveaException | CommandFailure e) {
      failed = true;
      terminal().err().println("fovea: " + e.getMessage());
    }
  }

  /** Asks; what a refused question came with is taken back, so that the next one may do. */
  private void turn(FoveaEngine engine, String question) {
    try {
      history.add(new Turn(question, answer(engine, question).text(), added));
      added = 0;
    } catch (InvalidRequestException e) {
      if (added > 0) {
        shown.drop(added);
        added = 0;
        terminal().err().println("fovea: what was added is left out again");
      }
      throw e;
    }
  }

  private void command(FoveaEngine engine, String line) {
    if (line.startsWith("/image ")) {
      shown.replace(engine, PathArgument.of(line.substring(7).strip()));
      forget();
    } else if (line.startsWith("/add ")) {
      shown.add(engine, PathArgument.of(line.substring(5).strip()));
      added++;
    } else if (line.equals("/reset")) {
      forget();
    } else if (line.equals("/help")) {
      terminal()
          .err()
          .println("/image FILE, /add FILE, /reset, /help, /quit; anything else is a question");
    } else {
      throw new CommandFailure("there is no command '" + line + "'", "/help lists them");
    }
  }

  private void forget() {
    history.clear();
    added = 0;
  }

  private Answer answer(FoveaEngine engine, String question) {
    ChatRequest request =
        shown
            .question(question)
            .newImages(added)
            .history(history)
            .template(Objects.requireNonNullElse(about.template(), PromptTemplate.CHAT))
            .options(about.options())
            .build();
    if (!json()) {
      return streamed(engine, request);
    }
    Answer answer = engine.chat(request);
    out().println(Json.writeLine(result(question, answer)));
    return answer;
  }

  private Answer streamed(FoveaEngine engine, ChatRequest request) {
    Answer answer = null;
    try (TokenStream stream = engine.stream(request)) {
      for (TokenEvent event : stream) {
        out().print(event.text());
        out().flush();
        if (event instanceof TokenEvent.Done done) {
          answer = done.answer();
        }
      }
    }
    out().println();
    if (answer == null) {
      throw new IllegalStateException("the stream ended without its last event");
    }
    return answer;
  }

  private Result result(String question, Answer answer) {
    return new Result(
        question,
        answer.text(),
        Facts.found(answer.regions(), shown.boxed()),
        answer.finish().name().toLowerCase(Locale.ROOT),
        answer.seed(),
        Tokens.of(answer.usage()),
        Milliseconds.of(answer.timings()));
  }
}
