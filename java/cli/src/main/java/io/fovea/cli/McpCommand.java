package io.fovea.cli;

import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code fovea mcp}: tools for assistants, by the Model Context Protocol on the standard streams.
 */
@Command(
    name = "mcp",
    description = "Offers locate, ask, caption and annotate to assistants, by MCP on stdio.",
    footer = {
      "",
      "An assistant starts it and speaks JSON-RPC with it; docs/MCP.md says how.",
      "Pictures come from the folders named with --root, or within the request.",
      "",
      "Examples:",
      "  fovea mcp",
      "  fovea mcp --root ~/Pictures --root /data/scans --model cogvlm"
    })
final class McpCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private FoveaCommand fovea;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = {
        "A folder whose pictures may be read; give it again for each further one.",
        "Default: the working directory."
      })
  private List<Path> roots = new ArrayList<>();

  @ArgGroup(exclusive = false, validate = false, order = 20, heading = "%nModel:%n")
  private ModelFlags model = new ModelFlags();

  @ArgGroup(exclusive = false, validate = false, order = 15, heading = "%nReading pictures:%n")
  private DecoderFlags pictures = new DecoderFlags();

  private FoveaEngine open() {
    try (ProgressBars progress = new ProgressBars(fovea.terminal())) {
      return model.open(pictures, PromptTemplate.BASE, progress);
    }
  }

  @Override
  public Integer call() {
    Terminal terminal = fovea.terminal();
    AllowedFolders folders = AllowedFolders.of(roots.isEmpty() ? List.of(Path.of("")) : roots);
    model.directory(); // refuses what is missing
    pictures.decoder(); // and what is out of range
    PrintStream standard = System.out;
    System.setOut(terminal.err()); // whatever a library prints is no protocol
    try (LoadingEngine engine = new LoadingEngine(this::open)) {
      McpTools tools = new McpTools(engine, folders, pictures.decoder());
      McpSession.run(tools, terminal.in(), terminal.out());
    } finally {
      System.setOut(standard);
    }
    return ExitCode.OK;
  }
}
