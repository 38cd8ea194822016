package io.fovea.cli;

import io.fovea.FoveaException;
import io.fovea.engine.Device;
import io.fovea.engine.DeviceOffer;
import io.fovea.engine.DeviceReport;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.PresenceCheck;
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
      "Every device that can be used loads the bundled model and finds a box with it.",
      "Exit code 0: all of them work, the CPU at least. Otherwise 1.",
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
   * @param present whether it is there at all
   * @param details what was found, one fact a line
   */
  record Check(String name, boolean ok, boolean present, List<String> details) {
    static Check of(String name, boolean ok, List<String> details) {
      return new Check(name, ok, true, details);
    }

    static Check failed(String name, RuntimeException e) {
      return of(name, false, List.of(String.valueOf(e.getMessage())));
    }

    String verdict() {
      return present ? ok ? "ok" : "FAILED" : "absent";
    }
  }

  /** The JSON result. ok: whether the CPU and every GPU that can be used work. */
  record Result(String command, boolean ok, List<Check> checks) {}

  @Override
  public Integer call() {
    List<Check> checks = new ArrayList<>(List.of(java(), system(), nativeLibrary()));
    List<DeviceOffer> offers = offers();
    offers.forEach(offer -> checks.add(device(offer)));
    checks.add(nvidia());
    offers.stream().filter(DeviceOffer::usable).forEach(offer -> checks.add(model(offer.device())));
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
      line("%-22s %s", check.name(), check.verdict());
      check.details().forEach(detail -> line("  %s", detail));
    }
    line("%s", result.ok() ? "Fovea works here." : "Something does not work here.");
  }

  private void line(String format, Object... values) {
    fovea.terminal().out().println(String.format(Locale.ROOT, format, values));
  }

  private static Check java() {
    return Check.of(
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
    return Check.of("system", true, details);
  }

  private static Check nativeLibrary() {
    try {
      DeviceReport report = DeviceReport.probe();
      List<String> details = new ArrayList<>(report.notes());
      details.removeIf(note -> note.startsWith("cuda")); // has a check of its own
      details.add("loaded from " + report.libraryLocation());
      details.add("device " + report.reason());
      return Check.of("native library", true, details);
    } catch (FoveaException e) {
      return Check.failed("native library", e);
    }
  }

  /** What this host has; nothing where the native library does not load, which is said already. */
  private static List<DeviceOffer> offers() {
    try {
      return DeviceOffer.probe();
    } catch (FoveaException e) {
      return List.of();
    }
  }

  private static Check device(DeviceOffer offer) {
    String name = offer.device().toString();
    if (!offer.usable()) {
      return new Check(name, true, false, List.of(offer.description()));
    }
    String memory =
        Sizes.bytes(offer.freeBytes()) + " of " + Sizes.bytes(offer.totalBytes()) + " free";
    return Check.of(name, true, List.of(offer.description(), memory));
  }

  /** The driver, whether or not a device can be used. */
  private static Check nvidia() {
    boolean driver = Files.exists(NVIDIA_DRIVER);
    List<String> details = new ArrayList<>();
    details.add(driver ? firstLine(NVIDIA_DRIVER) : NVIDIA_DRIVER + " does not exist");
    details.addAll(Nvml.facts());
    return new Check("NVIDIA driver", true, driver, details);
  }

  /** Loads the bundled model and asks it one question, the whole way. */
  private static Check model(Device device) {
    String name = "bundled model on " + device;
    try {
      Path directory = BundledModel.directory();
      long start = System.nanoTime();
      BufferedImage black = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
      try (FoveaEngine engine = FoveaEngine.builder().model(directory).device(device).build();
          EncodedImage image = engine.encode(ImageInput.of(black))) {
        LocateOptions oneBox =
            LocateOptions.builder().maxBoxes(1).presence(PresenceCheck.SKIP).build();
        Grounding grounding = engine.locate(image, "the leftmost object", oneBox);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        return Check.of(
            name,
            grounding.regions().size() == 1,
            List.of(
                directory.toString(),
                "runs on " + engine.device().name(),
                "loaded, encoded a picture and found a box in " + millis + " ms"));
      }
    } catch (FoveaException | CommandFailure e) {
      return Check.failed(name, e);
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
