package io.fovea.bench.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where and from what a result was measured; "unknown" where the system does not say. */
final class Machine {
  private static final String UNKNOWN = "unknown";

  private Machine() {}

  static Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("cpu", field(Path.of("/proc/cpuinfo"), "model name"));
    facts.put("cpu_family", field(Path.of("/proc/cpuinfo"), "cpu family"));
    facts.put("cpu_model", field(Path.of("/proc/cpuinfo"), "model"));
    facts.put("processors", Runtime.getRuntime().availableProcessors());
    facts.put("memory", field(Path.of("/proc/meminfo"), "MemTotal"));
    facts.put("max_heap_bytes", Runtime.getRuntime().maxMemory());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put(
        "jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    facts.put("jvm_options", ManagementFactory.getRuntimeMXBean().getInputArguments());
    facts.put("command", System.getProperty("sun.java.command", UNKNOWN));
    facts.put("commit", command("git", "rev-parse", "HEAD"));
    facts.put("uncommitted_changes", !command("git", "status", "--porcelain").isEmpty());
    return facts;
  }

  /** The load averages of 1, 5 and 15 minutes. */
  static String load() {
    List<String> words = List.of(read(Path.of("/proc/loadavg")).split(" ", -1));
    return words.size() < 3 ? UNKNOWN : String.join(" ", words.subList(0, 3));
  }

  /** Bytes of physical memory this process has: VmRSS. */
  static long residentBytes() {
    String kibibytes = field(Path.of("/proc/self/status"), "VmRSS").replaceAll("[^0-9]", "");
    return kibibytes.isEmpty() ? 0 : Long.parseLong(kibibytes) * 1024;
  }

  /** The value of a line "name : value". */
  private static String field(Path file, String name) {
    Matcher line =
        Pattern.compile("(?m)^" + Pattern.quote(name) + "\\s*:\\s*(.*?)\\s*$").matcher(read(file));
    return line.find() ? line.group(1) : UNKNOWN;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static String command(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? text.strip() : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }
}
