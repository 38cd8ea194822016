package io.fovea.cli;

import io.fovea.FoveaException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** Entry point of the command line. */
public final class Fovea {
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  private Fovea() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(Terminal.ofProcess(), args));
  }

  /** Runs one command and returns its exit code ({@link ExitCode}). */
  static int run(Terminal terminal, String... args) {
    FoveaCommand root = new FoveaCommand(terminal);
    CommandLine line = new CommandLine(root);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setOut(writer(terminal.out()));
    line.setErr(writer(terminal.err()));
    line.setExecutionStrategy(
        parsed -> {
          System.setProperty(LOG_LEVEL, root.verbose() ? "info" : "warn");
          return new RunLast().execute(parsed);
        });
    line.setParameterExceptionHandler((e, rejected) -> misused(terminal.err(), e));
    line.setExecutionExceptionHandler((e, command, parsed) -> failed(terminal.err(), e, root));
    int code = line.execute(args);
    line.getOut().flush();
    terminal.out().flush();
    return code;
  }

  private static int misused(PrintStream err, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String problem = oneLine(String.valueOf(e.getMessage()));
    if (e instanceof UnmatchedArgumentException unmatched && command.equals("fovea")) {
      problem = "There is no command '" + unmatched.getUnmatched().get(0) + "'";
    }
    err.println("fovea: " + problem + "; see '" + command + " --help'");
    return ExitCode.USAGE;
  }

  private static int failed(PrintStream err, Exception e, FoveaCommand root) {
    boolean expected = e instanceof FoveaException || e instanceof CommandFailure;
    String message = expected ? e.getMessage() : "internal error: " + e + "; --verbose shows where";
    err.println("fovea: " + oneLine(String.valueOf(message)));
    if (root.verbose()) {
      e.printStackTrace(err);
    }
    return ExitCode.FAILED;
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", " ");
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
