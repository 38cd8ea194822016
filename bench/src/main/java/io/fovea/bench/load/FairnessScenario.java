package io.fovea.bench.load;

import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** A short question beside long answers: how much longer it takes than alone. */
final class FairnessScenario implements Scenario {
  private static final int LEAST_SAMPLES = 15;
  private static final Question SHORT = Question.ask("How many objects are there?");

  /** Long answers at a time, and how many times the lone latency the median may be beside them. */
  private static final Map<Integer, Double> MOST_RATIO = new LinkedHashMap<>();

  static {
    MOST_RATIO.put(8, 8.0);
    MOST_RATIO.put(32, 20.0);
  }

  @Override
  public String name() {
    return "fairness";
  }

  @Override
  public String purpose() {
    return "latency of a short question alone, beside 8 and beside 32 long answers";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    try (FoveaEngine engine = Engines.of(options.model()).build();
        EncodedImage image = engine.encode(Scene.draw(5, options.seed()).input())) {
      ask(engine, image, options.seconds() / 4, new Samples()); // warms up
      Samples alone = new Samples();
      ask(engine, image, options.seconds(), alone);
      report.samples("alone", alone);
      report.tell("short question, alone", alone.text(), "");
      for (Map.Entry<Integer, Double> bound : MOST_RATIO.entrySet()) {
        beside(engine, image, options, bound.getKey(), bound.getValue(), alone, report);
      }
    }
  }

  private static void beside(
      FoveaEngine engine,
      EncodedImage image,
      Options options,
      int count,
      double mostRatio,
      Samples alone,
      Report report)
      throws InterruptedException {
    Samples latency = new Samples();
    Samples longOnes = new Samples();
    AtomicLong tokens = new AtomicLong();
    try (Callers callers =
        Callers.start(
            count,
            (caller, turn) -> {
              long start = System.nanoTime();
              long seed = options.seed() + caller * 1_000_003L + turn;
              Answer answer = engine.chat(Question.longAnswer(image, seed));
              longOnes.add(System.nanoTime() - start);
              tokens.addAndGet(answer.usage().completionTokens());
            })) {
      int full = Math.min(count, 8);
      Engines.await(engine, stats -> stats.running() + stats.waiting() >= full);
      ask(engine, image, options.seconds(), latency);
      report.raw("long_ended_meanwhile_" + count, callers.turns());
    } // which waits for the long ones: each of them ends
    report.samples("short_beside_" + count, latency);
    report.samples("long_" + count, longOnes);
    double ratio = latency.percentile(50) / alone.percentile(50);
    report.raw("ratio_p50_" + count, ratio);
    report.row(
        "  beside " + count + " long answers",
        latency.text() + "; p50 " + Text.number(ratio) + " x alone",
        "p50 <= " + Text.number(mostRatio) + " x alone",
        ratio <= mostRatio);
    double meanTokens = (double) tokens.get() / Math.max(1, longOnes.count());
    report.raw("long_mean_tokens_" + count, meanTokens);
    report.row(
        "  these " + count + " finish",
        longOnes.count()
            + " ended, "
            + Text.number(meanTokens)
            + " tokens each, "
            + Text.millis(longOnes.percentile(100))
            + " at most",
        "each ends",
        longOnes.count() >= count);
  }

  private static void ask(FoveaEngine engine, EncodedImage image, double seconds, Samples times) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do { // where one takes a second, still enough for a median
      long start = System.nanoTime();
      SHORT.put(engine, image);
      times.add(System.nanoTime() - start);
    } while (System.nanoTime() < end || times.count() < LEAST_SAMPLES);
  }
}
