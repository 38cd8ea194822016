package io.fovea.bench.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Thousands of requests, many of them ended early, and engines that come and go: nothing stays. */
final class SoakScenario implements Scenario {
  private static final int REQUESTS = 2000;
  private static final int REQUESTS_AN_ENGINE = 200; // 100 engines for 20,000 requests
  private static final int LEAST_ENGINES = 10;
  private static final int MOST_ENGINES = 100;
  private static final double MOST_GROWTH = 0.1;


  /** All of it is resident from the beginning, so that what grows is outside the Java heap. */
  private static final String HEAP = "256m";

  private static final Duration LIMIT = Duration.ofHours(1);

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public String purpose() {
    return "random cancels, deadlines and closed streams; engines opened and closed; memory kept";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    int requests = options.requestsOr(REQUESTS);
    int engines =
        Math.max(LEAST_ENGINES, Math.min(MOST_ENGINES, requests / REQUESTS_AN_ENGINE));
    Map<String, Object> result =
        ChildJvm.run(
            SoakChild.class,
            List.of("-Xms" + HEAP, "-Xmx" + HEAP, "-XX:+AlwaysPreTouch"),
            LIMIT,
            options.model(),
            requests,
            engines,
            options.seed());
    report.raw("soak", result);
    Map<String, Long> outcomes = new TreeMap<>();
    ((Map<?, ?>) result.getOrDefault("outcomes", Map.of()))
        .forEach((name, count) -> outcomes.put(name.toString(), number(count)));
    report.tell("requests, and " + engines + " engines opened", Text.counts(outcomes), "");
    long before = number(result.get("resident_before"));
    long after = number(result.get("resident_after"));
    double growth = (double) (after - before) / Math.max(1, before);
    report.row(
        "resident memory",
        Text.bytes(before) + " to " + Text.bytes(after) + ": " + Text.number(100 * growth) + " %",
        "<= 10 % more",
        before > 0 && growth <= MOST_GROWTH);
    report.tell(
        "heap in use after a collection",
        Text.bytes(number(result.get("heap_before")))
            + " to "
            + Text.bytes(number(result.get("heap_after"))),
        "");
    leftovers(result, report);
  }

  private static void leftovers(Map<String, Object> result, Report report) {
    long pages = number(result.get("pages_held"));
    long images = number(result.get("images_held"));
    long running = number(result.get("requests_held"));
    report.row(
        "left in the engine",
        pages + " pages, " + images + " images, " + running + " requests",
        "none",
        pages + images + running == 0);
    if (pages + images + running != 0) {
      report.fail(pages + " pages, " + images + " images, " + running + " requests are left");
    }
    if (result.get("differences") instanceof List<?> differences) {
      differences.forEach(difference -> report.fail(difference.toString()));
    }
  }

  private static long number(Object value) {
    return value instanceof Number number ? number.longValue() : -1;
  }
}
