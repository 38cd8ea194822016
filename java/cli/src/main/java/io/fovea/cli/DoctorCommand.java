package io.fovea.cli;

import io.fovea.FoveaException;
import io.fovea.engine.DeviceReport;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.image.ImageInput;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code fovea doctor}: what this machine offers, what is used of it, and why the rest is not. */
@Command(
    name = "doctor",
    description = "Checks Java, CPU, native library, devices and the bundled model.",
    footer = {
      "",
      "Exit code 0: the CPU backend works (the bundled model was loaded and asked).",
      "Otherwise 1.",
      "",
      "Examples:",
      "  fovea doctor",
      "  fovea doctor --json"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Path NVIDIA_DRIVER = Path.of("/proc/driver/nvidia/version");

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private FoveaCommand fovea;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  /**
   * One thing examined.
   *
   * @param ok whether it works; a device that is absent is not a fault
   * @param details what was found, one fact a line
   */
  record Check(String name, boolean ok, List<String> details) {}

  /** The JSON result. ok: whether the CPU backend works. */
  record Result(String command, boolean ok, List<Check> checks) {}

  @Override
  public Integer call() {
    List<Check> checks = List.of(java(), system(), nativeLibrary(), cuda(), bundledModel());
    Result result = new Result("doctor", checks.stream().allMatch(Check::ok), checks);
    if (json) {
      fovea.terminal().out().println(Json.write(result));
    } else {
      report(result);
    }
    return result.ok() ? ExitCode.OK : ExitCode.FAILED;
  }

  private void report(Result result) {
    for (Check check : result.checks()) {
      line("%-16s %s", check.name(), check.ok() ? "ok" : "FAILED");
      check.details().forEach(detail -> line("  %s", detail));
    }
    line("%s", result.ok() ? "The CPU backend works." : "The CPU backend does not work here.");
  }

  private void line(String format, Object... values) {
    fovea.terminal().out().println(String.format(Locale.ROOT, format, values));
  }

  private static Check java() {
    return new Check(
        "java",
        Runtime.version().feature() >= 17,
        List.of(
            System.getProperty("java.vm.name") + " " + Runtime.version(),
            "home " + System.getProperty("java.home"),
            "heap limit " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB"));
  }

  private static Check system() {
    List<String> details = new ArrayList<>();
    details.add(
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " on "
            + System.getProperty("os.arch"));
    details.add(Runtime.getRuntime().availableProcessors() + " processors for this process");
    String libc = outputOf("getconf", "GNU_LIBC_VERSION");
    details.add(libc == null ? "C library: getconf does not name a glibc" : libc);
    return new Check("system", true, details);
  }

  private static Check nativeLibrary() {
    try {
      DeviceReport report = DeviceReport.probe();
      List<String> details = new ArrayList<>(notes(report, false));
      details.add("loaded from " + report.libraryLocation());
      details.add("CPU: " + report.cpuFeatures());
      return new Check("native library", true, details);
    } catch (FoveaException e) {
      return new Check("native library", false, List.of(String.valueOf(e.getMessage())));
    }
  }

  /** A device that is absent is no fault, so this check never fails. */
  private static Check cuda() {
    List<String> details = new ArrayList<>();
    try {
      details.addAll(notes(DeviceReport.probe(), true));
    } catch (FoveaException e) {
      details.add("not examined: the native library does not load");
    }
    details.add(
        Files.exists(NVIDIA_DRIVER)
            ? "an NVIDIA driver is installed: " + firstLine(NVIDIA_DRIVER)
            : "no NVIDIA driver (" + NVIDIA_DRIVER + " does not exist)");
    return new Check("cuda", true, details);
  }

  private static List<String> notes(DeviceReport report, boolean aboutCuda) {
    return report.notes().stream().filter(note -> note.startsWith("cuda:") == aboutCuda).toList();
  }

  /** Loads the bundled model and asks it one question, the whole way. */
  private static Check bundledModel() {
    try {
      Path directory = BundledModel.directory();
      long start = System.nanoTime();
      BufferedImage black = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
      try (FoveaEngine engine = FoveaEngine.builder().model(directory).build();
          EncodedImage image = engine.encode(ImageInput.of(black))) {
        LocateOptions oneBox = LocateOptions.defaults().withMaxBoxes(1);
        Grounding grounding = engine.locate(image, "the leftmost object", oneBox);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        return new Check(
            "bundled model",
            grounding.regions().size() == 1,
            List.of(
                directory.toString(),
                "runs on " + engine.device().name(),
                "loaded, encoded a picture and found a box in " + millis + " ms"));
      }
    } catch (FoveaException | CommandFailure e) {
      return new Check("bundled model", false, List.of(String.valueOf(e.getMessage())));
    }
  }

  private static String firstLine(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).lines().findFirst().orElse("(empty)");
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  /** A program's output, or null where it is missing or fails. */
  private static @Nullable String outputOf(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? output.strip() : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
