package io.fovea.cli;

import io.fovea.FoveaException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import io.fovea.text.PromptTemplate;
import io.fovea.text.Turn;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
      "  /reset       forget the conversation, keep the picture",
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
  private @Nullable EncodedImage encoded;
  private boolean failed;

  /** One turn's JSON result, printed on a line of its own. */
  record Result(
      String question,
      String text,
      @Nullable List<Facts.Found> regions,
      String finish,
      Facts.Tokens tokens,
      Facts.Milliseconds milliseconds) {}

  @Override
  void check() {
    checkPicture(about.image());
    about.options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    encoded = encodeOrNone(engine, about.image());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(terminal().in(), StandardCharsets.UTF_8))) {
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
    } finally {
      close(encoded);
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
        history.add(new Turn(line, answer(engine, line).text()));
      }
    } catch (FoveaException | CommandFailure e) {
      failed = true;
      terminal().err().println("fovea: " + e.getMessage());
    }
  }

  private void command(FoveaEngine engine, String line) {
    if (line.startsWith("/image ")) {
      EncodedImage next = encode(engine, PathArgument.of(line.substring(7).strip()));
      close(encoded);
      encoded = next;
      history.clear();
    } else if (line.equals("/reset")) {
      history.clear();
    } else if (line.equals("/help")) {
      terminal().err().println("/image FILE, /reset, /help, /quit; anything else is a question");
    } else {
      throw new CommandFailure("there is no command '" + line + "'", "/help lists them");
    }
  }

  private Answer answer(FoveaEngine engine, String question) {
    ChatRequest request =
        ChatRequest.of(encoded, question)
            .withHistory(history)
            .withTemplate(about.template(PromptTemplate.CHAT))
            .withOptions(about.options());
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
        encoded == null ? null : Facts.Found.of(answer.regions(), encoded.size()),
        answer.finish().name().toLowerCase(Locale.ROOT),
        Facts.Tokens.of(answer.usage()),
        Facts.Milliseconds.of(answer.timings()));
  }
}
