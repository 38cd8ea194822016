package io.fovea.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM with its own heap, so that what it does to it harms nobody else. It runs a class of
 * this program, which prints its result as the last line: {@value #RESULT} and JSON.
 */
final class ChildJvm {
  private static final String RESULT = "RESULT ";
  private static final int KEPT_LINES = 5;

  private ChildJvm() {}

  /** Prints a child's result. */
  static void printResult(Map<String, ?> result) {
    System.out.println(RESULT + Json.line(result));
  }

  /**
   * Runs a class and waits for it.
   *
   * @param main has a main method that ends in {@link #printResult}
   * @param jvmOptions such as -Xmx1g
   * @return what it printed as its result
   * @throws IllegalStateException where it printed none in time; its last lines are in the message
   */
  static Map<String, Object> run(
      Class<?> main, List<String> jvmOptions, Duration limit, Object... arguments)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("fovea-load-child", ".err");
    try {
      Process process =
          new ProcessBuilder(command(main, jvmOptions, arguments))
              .redirectError(errors.toFile())
              .start();
      try {
        CompletableFuture<List<String>> lines = CompletableFuture.supplyAsync(() -> lines(process));
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
          process.destroyForcibly().waitFor();
        }
        return result(main, ended, process.exitValue(), lines.join(), errors);
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.deleteIfExists(errors);
    }
  }

  /** A number of a result; NaN where it has none of this name. */
  static double number(Map<String, Object> result, String name) {
    return result.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /** Counts of a result by name; none where it has none of this name. */
  static Map<String, Long> counts(Map<String, Object> result, String name) {
    Map<String, Long> counts = new TreeMap<>();
    if (result.get(name) instanceof Map<?, ?> given) {
      given.forEach((key, count) -> counts.put(key.toString(), ((Number) count).longValue()));
    }
    return counts;
  }

  private static List<String> command(Class<?> main, List<String> jvmOptions, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private static List<String> lines(Process process) {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      return out.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> result(
      Class<?> main, boolean ended, int exit, List<String> lines, Path errors) throws IOException {
    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    if (last.startsWith(RESULT)) {
      return Json.read(last.substring(RESULT.length()));
    }
    List<String> words = Files.readAllLines(errors);
    throw new IllegalStateException(
        main.getSimpleName()
            + (ended ? " ended with exit code " + exit : " did not end in time")
            + " and without a result: "
            + words.subList(Math.max(0, words.size() - KEPT_LINES), words.size()));
  }
}
