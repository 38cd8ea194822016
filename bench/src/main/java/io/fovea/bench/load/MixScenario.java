package io.fovea.bench.load;

import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Workload.Item;
import io.fovea.bench.load.Workload.Served;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What a backend sees: requests of all kinds, arriving when they like; every answer is checked. */
final class MixScenario implements Scenario {
  private static final int REQUESTS = 5000;
  private static final int PICTURES = 8;
  private static final int CALLERS = 8;
  private static final int REPORTED_DIFFERENCES = 10;

  /** One request of the plan. */
  private record Planned(int caller, Item item) {}

  /** What one run of the plan adds up to. */
  private static final class Result {
    final Map<Kind, Samples> latencies = new EnumMap<>(Kind.class);
    final Samples handOver = new Samples();
    final Outcomes outcomes = new Outcomes();
    final ConcurrentLinkedQueue<String> differences = new ConcurrentLinkedQueue<>();
    final AtomicLong needed = new AtomicLong();
    final double[] slowdowns = new double[CALLERS]; // sums; latency over the median alone
    final int[] served = new int[CALLERS];

    Result() {
      for (Kind kind : Kind.values()) {
        latencies.put(kind, new Samples());
      }
    }

    synchronized void served(int caller, double slowdown) {
      slowdowns[caller] += slowdown;
      served[caller]++;
    }

    synchronized double[] meanSlowdowns() {
      double[] means = new double[CALLERS];
      for (int i = 0; i < CALLERS; i++) {
        means[i] = slowdowns[i] / Math.max(1, served[i]);
      }
      return means;
    }

    int answers() {
      return outcomes.count("answered");
    }
  }

  @Override
  public String name() {
    return "mix";
  }

  @Override
  public String purpose() {
    return "Poisson arrivals of encode, locate, ask, caption and chat; every answer is checked";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    try (FoveaEngine engine = Engines.of(options.model()).build()) {
      Workload workload =
          Workload.prepare(engine, Engines.scenes(PICTURES, options.seed()), options.seed());
      double capacity = capacity(workload, options);
      workload.measureAlone();
      double rate = options.rate() > 0 ? options.rate() : capacity / 2;
      int count = options.requestsOr(REQUESTS);
      Result result = new Result();
      EngineStats before = Engines.settled(engine);
      run(workload, options.seed(), count, rate, result);
      Engines.Counted counted = Engines.Counted.between(before, Engines.settled(engine));
      report.raw("capacity_a_second", capacity);
      report.raw("rate_a_second", rate);
      report.raw("requests", count);
      report.raw("counted", counted.raw());
      rows(workload, result, counted, rate, capacity, report);
    }
  }

  /** Requests a second of as many callers as share a step, each waiting for its answer. */
  private static double capacity(Workload workload, Options options) throws InterruptedException {
    SplittableRandom[] randoms = new SplittableRandom[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
      randoms[i] = new SplittableRandom(options.seed() + i);
    }
    Callers.Turn turn = (caller, index) -> workload.serve(workload.draw(randoms[caller]));
    Callers.run(CALLERS, options.seconds() / 2, turn); // warms up
    long start = System.nanoTime();
    long served = Callers.run(CALLERS, options.seconds(), turn);
    return served / ((System.nanoTime() - start) / 1e9);
  }

  private static void run(Workload workload, long seed, int count, double rate, Result result)
      throws InterruptedException {
    Arrivals arrivals = new Arrivals(rate, seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<Long> due = new ArrayList<>();
    List<Planned> plan = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      due.add(arrivals.next());
      plan.add(new Planned(random.nextInt(CALLERS), workload.draw(random)));
    }
    OpenLoop.run(due, (index, planned) -> serve(workload, plan.get(index), planned, result));
  }

  private static void serve(Workload workload, Planned request, long planned, Result result) {
    result.handOver.add(System.nanoTime() - planned);
    Item item = request.item();
    try {
      Served served = workload.serve(item);
      long latency = served.end() - planned;
      Kind kind = item.question().kind();
      Objects.requireNonNull(result.latencies.get(kind)).add(latency);
      result.served(request.caller(), latency / 1e6 / workload.aloneTimes(kind).percentile(50));
      result.needed.addAndGet(workload.neededTokens(item));
      String difference = workload.difference(item, served.reply());
      if (difference != null) {
        result.differences.add(difference);
      }
      result.outcomes.add("answered");
    } catch (RuntimeException | OutOfMemoryError e) {
      result.outcomes.add(e);
    }
  }

  private static void rows(
      Workload workload,
      Result result,
      Engines.Counted counted,
      double rate,
      double capacity,
      Report report) {
    report.tell(
        "requests at " + Text.number(rate) + " a second, capacity " + Text.number(capacity),
        Text.counts(result.outcomes.counts()),
        "");
    result.latencies.forEach(
        (kind, latencies) -> {
          String name = kind.name().toLowerCase(Locale.ROOT);
          report.samples(name, latencies);
          report.samples(name + "_alone", workload.aloneTimes(kind));
          double alone = workload.aloneTimes(kind).percentile(50);
          report.tell("  " + name, latencies.text() + "; alone " + Text.number(alone), "");
        });
    report.raw("hand_over", result.handOver.raw());
    report.raw("outcomes", result.outcomes.counts());
    report.tell(
        "rows a step",
        Text.number(counted.rowsAStep()) + ", generated " + Text.number(counted.generatedAStep()),
        "");
    double recomputed =
        (double) (counted.promptTokens() - result.needed.get()) / Math.max(1, result.answers());
    report.raw("recomputed_a_request", recomputed);
    report.tell("prompt tokens recomputed a request", Text.number(recomputed), "");
    double jain = Fairness.jain(result.meanSlowdowns());
    report.raw("jain_slowdown_callers", jain);
    report.tell("fairness over callers (Jain's index)", Text.number(jain), "near 1");
    differences(result, report);
  }

  private static void differences(Result result, Report report) {
    int different = result.differences.size();
    report.raw("answers_checked", result.answers());
    report.raw("answers_different", different);
    report.row(
        "answers unlike those alone",
        String.format(Locale.ROOT, "%,d of %,d", different, result.answers()),
        "none",
        different == 0);
    result.differences.stream().limit(REPORTED_DIFFERENCES).forEach(report::fail);
    if (different > REPORTED_DIFFERENCES) {
      report.fail("and " + (different - REPORTED_DIFFERENCES) + " more answers differ");
    }
  }
}
