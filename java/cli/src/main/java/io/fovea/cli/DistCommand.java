package io.fovea.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fovea dist}: a folder that runs where nothing is installed. */
@Command(
    name = "dist",
    description = "Makes a self-contained folder: Java, Fovea and the bundled model.",
    footer = {
      "",
      "The folder runs on any Linux on x86_64 with glibc 2.34 or newer: it needs no",
      "Java, no Maven and no compiler. Start bin/fovea in it.",
      "",
      "Examples:",
      "  fovea dist --out fovea-dist",
      "  fovea dist --out fovea-dist --tar --force",
      "  fovea dist --out fovea-dist --jdk /opt/jdk-25"
    })
final class DistCommand extends ToolCommand {
  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      required = true,
      description = "The folder to create.")
  @SuppressWarnings("NullAway.Init") // required
  private Path out;

  @Option(names = "--tar", description = "Also write DIR.tar.gz.")
  private boolean tar;

  @Option(names = "--force", description = "Replace what an earlier run made.")
  private boolean force;

  @Option(
      names = "--cuda",
      description = "With the CUDA backend, which must have been built. Default: without.")
  private boolean cuda;

  @Option(
      names = "--jdk",
      paramLabel = "DIR",
      description = "The JDK that the runtime is taken from. Default: the one that runs this.")
  private @Nullable Path jdk;

  /**
   * The JSON result.
   *
   * @param java version of the runtime
   * @param bytes of all files in the folder
   * @param systemLibraries files of this system that were copied, because Java needs them
   */
  record Result(
      String command,
      String out,
      String java,
      long bytes,
      List<String> systemLibraries,
      @Nullable String archive,
      @Nullable Long archiveBytes) {}

  @Override
  public Integer call() {
    Path home = jdk == null ? Path.of(System.getProperty("java.home")) : jdk;
    Result result = new Distribution(out, tar, force, cuda).make(RuntimeImage.of(home));
    if (json()) {
      printJson(result);
    } else {
      print("wrote %s: %s, Java %s", result.out(), Sizes.bytes(result.bytes()), result.java());
      if (!result.systemLibraries().isEmpty()) {
        print("with libraries of this system: %s", String.join(", ", result.systemLibraries()));
      }
      String archive = result.archive();
      Long archiveBytes = result.archiveBytes();
      if (archive != null && archiveBytes != null) {
        print("wrote %s: %s", archive, Sizes.bytes(archiveBytes));
      }
    }
    return ExitCode.OK;
  }
}
