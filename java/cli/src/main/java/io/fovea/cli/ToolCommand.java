package io.fovea.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** A command that works on the files of a model and needs no engine. */
abstract class ToolCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private FoveaCommand fovea;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  final Terminal terminal() {
    return fovea.terminal();
  }

  final PrintStream out() {
    return terminal().out();
  }

  final boolean json() {
    return json;
  }

  /** Prints one line of a human-readable result; the format's numbers are locale-independent. */
  final void print(String format, Object... values) {
    out().println(String.format(Locale.ROOT, format, values));
  }

  /** Prints a result record as JSON. */
  final void printJson(Object result) {
    out().println(Json.write(result));
  }
}
