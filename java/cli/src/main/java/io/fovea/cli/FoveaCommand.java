package io.fovea.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code fovea}: holds what every command shares. */
@Command(
    name = "fovea",
    description = "Asks CogVLM models about pictures: where things are, what is shown.",
    versionProvider = FoveaCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      LocateCommand.class,
      CaptionCommand.class,
      AskCommand.class,
      ChatCommand.class,
      ServeCommand.class,
      BoxesCommand.class,
      EvalCommand.class,
      TraceCommand.class,
      ProfileCommand.class,
      ConvertCommand.class,
      QuantizeCommand.class,
      SynthesizeCommand.class,
      InspectCommand.class,
      VerifyCommand.class,
      McpCommand.class,
      DoctorCommand.class,
      DistCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  fovea demo",
      "  fovea locate --image photo.png \"the red circle\" \"the blue square\"",
      "  fovea serve",
      "  fovea ask --image photo.png --json \"How many circles are there?\"",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but a phrase got no box.",
      "'fovea COMMAND --help' explains a command."
    })
final class FoveaCommand implements Runnable {
  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version and exit.")
  private boolean version;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log what happens, and print stack traces of failures.")
  private boolean verbose;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  FoveaCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }

  /** The version from the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"fovea " + number()};
    }

    static String number() {
      String version = Fovea.class.getPackage().getImplementationVersion();
      return version == null ? "(not packaged)" : version;
    }
  }
}
