package io.fovea.bench.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;

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
    int engines = Math.max(LEAST_ENGINES, Math.min(MOST_ENGINES, requests / REQUESTS_AN_ENGINE));
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
    Map<String, Long> outcomes = ChildJvm.counts(result, "outcomes");
    report.tell("requests, and " + engines + " engines opened", Text.counts(outcomes), "");
    double before = ChildJvm.number(result, "resident_before");
    double after = ChildJvm.number(result, "resident_after");
    double growth = (after - before) / before;
    report.row(
        "resident memory",
        Text.bytes(before) + " to " + Text.bytes(after) + ": " + Text.number(100 * growth) + " %",
        "<= 10 % more",
        growth <= MOST_GROWTH);
    report.tell(
        "heap in use after a collection",
        Text.bytes(ChildJvm.number(result, "heap_before"))
            + " to "
            + Text.bytes(ChildJvm.number(result, "heap_after")),
        "");
    leftovers(result, report);
  }

  private static void leftovers(Map<String, Object> result, Report report) {
    double pages = ChildJvm.number(result, "pages_held");
    double images = ChildJvm.number(result, "images_held");
    double running = ChildJvm.number(result, "requests_held");
    String left =
        Text.number(pages)
            + " pages, "
            + Text.number(images)
            + " images, "
            + Text.number(running)
            + " requests";
    report.row("left in the engine", left, "none", pages + images + running == 0);
    if (pages + images + running != 0) {
      report.fail("left in the engine: " + left);
    }
    if (result.get("differences") instanceof List<?> differences) {
      differences.forEach(difference -> report.fail(difference.toString()));
    }
  }
}
