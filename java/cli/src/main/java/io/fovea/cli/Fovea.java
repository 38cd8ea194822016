package io.fovea.cli;

import io.fovea.FoveaException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
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
    String damaged = Encoding.problem(args);
    if (damaged != null) {
      terminal.err().println("fovea: " + oneLine(damaged));
      return ExitCode.USAGE;
    }
    int code = execute(terminal, args);
    return terminal.out().checkError() ? unwritten(terminal, code) : code;
  }

  private static int execute(Terminal terminal, String... args) {
    FoveaCommand root = new FoveaCommand(terminal);
    CommandLine line = new CommandLine(root);
    ServeDefaults.addTo(Objects.requireNonNull(line.getSubcommands().get("serve")), args);
    line.registerConverter(Path.class, new PathArgument());
    line.setExpandAtFiles(false); // a question may begin with @
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
    return code;
  }

  /** Results that nobody got are a failure; that the reader of a pipe has gone needs no words. */
  private static int unwritten(Terminal terminal, int code) {
    ResultStream out = terminal.out() instanceof ResultStream stream ? stream : null;
    if (out == null || !out.readerHasGone()) {
      String reason = out == null ? "unknown reason" : String.valueOf(out.failure());
      terminal
          .err()
          .println(
              "fovea: standard output cannot be written ("
                  + reason
                  + "); free space there, or send it elsewhere");
    }
    return code == ExitCode.USAGE ? code : ExitCode.FAILED;
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
    err.println("fovea: " + oneLine(message(e)));
    if (root.verbose()) {
      e.printStackTrace(err);
    }
    return ExitCode.FAILED;
  }

  private static String message(Exception e) {
    if (e instanceof FoveaException || e instanceof CommandFailure) {
      return String.valueOf(e.getMessage());
    }
    if (e instanceof InvalidPathException path) { // a name out of a file, such as rec.json's
      return String.valueOf(Encoding.badName(path).getMessage());
    }
    return "internal error: " + e + "; --verbose shows where";
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", " ");
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
