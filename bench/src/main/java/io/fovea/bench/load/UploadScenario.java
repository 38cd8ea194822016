package io.fovea.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A small file with a very large picture: what one upload may cost, and many at once. */
final class UploadScenario implements Scenario {
  private static final int WIDTH = 8000; // 62.0 Mpx; the default limit is 64
  private static final int HEIGHT = 7750;
  private static final double REFUSAL_MILLIS = 20;
  private static final double REFUSAL_BYTES = 5e6;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration MANY_LIMIT = Duration.ofMinutes(3);

  @Override
  public String name() {
    return "upload";
  }

  @Override
  public String purpose() {
    return "a PNG of 62 Mpx in a small file: alone, with the queue full, 16 and 64 at once";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    Path png = Files.createTempFile("fovea-load", ".png");
    try {
      new FlatPng(WIDTH, HEIGHT, options.seed()).write(png);
      report.raw("file_bytes", Files.size(png));
      report.raw("pixels", (long) WIDTH * HEIGHT);
      alone(options, png, report);
      refused(options, png, report);
      many(options, png, 16, "1g", report);
      many(options, png, 64, "512m", report);
    } finally {
      Files.delete(png);
    }
  }

  private static void alone(Options options, Path png, Report report) throws Exception {
    Map<String, Object> result = child("2g", LIMIT, UploadChild.ALONE, options.model(), png);
    report.raw("alone", result);
    report.tell(
        "one encode, " + Text.bytes((double) Files.size(png)) + ", 62 Mpx, -Xmx2g",
        result.get("outcome")
            + " in "
            + Text.millis(ChildJvm.number(result, "millis"))
            + ", heap +"
            + Text.bytes(ChildJvm.number(result, "heap_peak_bytes")),
        "bounded in bytes");
  }

  private static void refused(Options options, Path png, Report report) throws Exception {
    Map<String, Object> result = child("2g", LIMIT, UploadChild.REFUSED, options.model(), png);
    report.raw("refused", result);
    double millis = ChildJvm.number(result, "millis");
    double bytes = ChildJvm.number(result, "allocated_bytes");
    boolean refused = "RequestRejectedException".equals(result.get("outcome"));
    report.row(
        "the same, queue full",
        result.get("outcome") + " after " + Text.millis(millis) + ", " + Text.bytes(bytes),
        "refused in < 20 ms, < 5 MB",
        refused && millis < REFUSAL_MILLIS && bytes < REFUSAL_BYTES);
  }

  private static void many(Options options, Path png, int threads, String heap, Report report)
      throws Exception {
    Map<String, Object> result =
        child(
            heap,
            MANY_LIMIT.plusSeconds(30),
            UploadChild.MANY,
            options.model(),
            png,
            threads,
            MANY_LIMIT.toSeconds());
    report.raw("many_" + threads, result);
    Map<String, Long> counts = ChildJvm.counts(result, "outcomes");
    if (result.get("outcome") instanceof String died) {
      counts.put(died, 1L);
    }
    report.row(
        threads + " at once, -Xmx" + heap,
        Text.counts(counts) + " in " + Text.number(ChildJvm.number(result, "millis") / 1000) + " s",
        "each a picture or typed, no OutOfMemoryError",
        allTyped(counts.keySet()));
  }

  /** A child's result; where it died without one, that is the outcome. */
  private static Map<String, Object> child(String heap, Duration limit, Object... arguments)
      throws Exception {
    try {
      return ChildJvm.run(UploadChild.class, List.of("-Xmx" + heap), limit, arguments);
    } catch (IllegalStateException e) {
      return Map.of("outcome", "JVM without a result", "message", String.valueOf(e.getMessage()));
    }
  }

  /** Whether each has a picture or an exception of Fovea's own. */
  private static boolean allTyped(Set<String> outcomes) {
    Set<String> typed =
        Set.of(
            UploadChild.PICTURE,
            "ImageException",
            "InvalidRequestException",
            "RequestRejectedException",
            "DeadlineExceededException");
    return typed.containsAll(outcomes);
  }
}
