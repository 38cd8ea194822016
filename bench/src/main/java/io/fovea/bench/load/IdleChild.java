package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time of a JVM that does nothing, without an engine and with an idle one, by thread, as
 * Linux counts it. The JVM's own threads (compilers, collector, timers) never rest completely, so
 * threads that came with the engine are told apart.
 */
final class IdleChild {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final int REQUESTS = 100;
  private static final long SETTLE_MILLIS = 3000; // for compilers that still have work
  private static final double NANOS_PER_MILLI = 1e6;

  /** A thread's name to the system, and the processor time it has had. */
  private record Usage(String name, long nanos) {
    /**
     * Whether it may be an engine's: named after it, or native and named after the thread that made
     * it, in place of a name that the JVM gives.
     */
    boolean mayBeEngine() {
      return name.startsWith("fovea") || name.equals("java");
    }
  }

  private IdleChild() {}

  /**
   * Measures.
   *
   * @param arguments model directory, seconds
   */
  public static void main(String[] arguments) throws Exception {
    double seconds = Double.parseDouble(arguments[1]);
    Map<String, Object> result = new LinkedHashMap<>();
    Thread.sleep(SETTLE_MILLIS);
    Map<String, Usage> without = threads();
    Thread.sleep((long) (seconds * 1000));
    result.put("jvm_without_engine_ms_a_second", sum(spent(without, seconds)));
    try (FoveaEngine engine = Engines.of(Path.of(arguments[0])).build();
        EncodedImage image = engine.encode(AllocationScenario.picture())) {
      for (int i = 0; i < REQUESTS; i++) {
        engine.chat(AllocationScenario.question(image));
      }
      Thread.sleep(SETTLE_MILLIS);
      Map<String, Usage> before = threads();
      Thread.sleep((long) (seconds * 1000));
      Map<String, Double> spent = spent(before, seconds);
      result.put("jvm_with_engine_ms_a_second", sum(spent));
      Map<String, Double> engines = new HashMap<>(spent);
      engines.keySet().removeAll(without.keySet());
      engines.keySet().removeIf(id -> !usage(before, id).mayBeEngine());
      result.put("engine_threads", engines.size());
      result.put("engine_threads_ms_a_second", sum(engines));
      Map<String, Double> names = new TreeMap<>();
      spent.forEach((id, millis) -> names.merge(usage(before, id).name(), millis, Double::sum));
      result.put("threads_ms_a_second", names);
    }
    ChildJvm.printResult(result);
  }

  private static Usage usage(Map<String, Usage> threads, String id) {
    return threads.getOrDefault(id, new Usage("new", 0));
  }

  private static double sum(Map<String, Double> millis) {
    return millis.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Milliseconds a second that each thread has had since; this one, which looks, left out. */
  private static Map<String, Double> spent(Map<String, Usage> before, double seconds)
      throws IOException {
    Map<String, Double> spent = new HashMap<>();
    String here = Path.of("/proc/thread-self").toRealPath().getFileName().toString();
    threads()
        .forEach(
            (id, now) -> {
              if (!id.equals(here)) {
                long nanos = now.nanos() - usage(before, id).nanos();
                spent.put(id, nanos / NANOS_PER_MILLI / seconds);
              }
            });
    return spent;
  }

  /** All threads by id, native ones included. */
  private static Map<String, Usage> threads() throws IOException {
    Map<String, Usage> threads = new HashMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        try {
          String name = Files.readString(task.resolve("comm")).strip();
          String times = Files.readString(task.resolve("schedstat"));
          long nanos = Long.parseLong(times.substring(0, times.indexOf(' ')));
          threads.put(String.valueOf(task.getFileName()), new Usage(name, nanos));
        } catch (NoSuchFileException e) {
          // the thread has just ended
        }
      }
    }
    return threads;
  }
}
