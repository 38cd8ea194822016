package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** Many open pictures, several callers: whether answers share steps and prefixes stay cached. */
final class BatchingScenario implements Scenario {
  private static final int IMAGES = 32;
  private static final int CALLERS = 8;
  private static final int ROUNDS = 4;
  private static final int LARGE_CACHE = 65_536; // tokens; no page is ever short

  private static final double LEAST_ROWS = 4;
  private static final double MOST_RECOMPUTED = 12;
  private static final double LEAST_SHARE = 1000.0 / 1134; // of the large cache's requests a second

  private static final List<Question> QUESTIONS =
      List.of(
          Question.ask("How many objects are there?"),
          Question.ask("What shape is the red object?"),
          Question.ask("Is there a green circle?"),
          Question.locate("the circle"),
          Question.locate("the leftmost square"),
          Question.locate("the blue triangle"));

  /** One of the two engines that are compared, with what it did so far. */
  private static final class Side {
    final FoveaEngine engine;
    final List<EncodedImage> images;
    final AtomicLong needed = new AtomicLong(); // prompt tokens that no cache can spare
    Engines.Counted counted = new Engines.Counted(0, 0, 0, 0, 0);
    long requests;
    double seconds;

    Side(FoveaEngine engine, List<Scene> scenes) {
      this.engine = engine;
      images = Engines.encode(engine, scenes);
    }

    double requestsASecond() {
      return requests / seconds;
    }

    /** Prompt tokens a request computed although they had been computed before. */
    double recomputed() {
      return (double) (counted.promptTokens() - needed.get()) / Math.max(1, requests);
    }

    Map<String, Object> raw() {
      Map<String, Object> raw = new LinkedHashMap<>(counted.raw());
      raw.put("kv_cache_tokens", engine.model().kvCacheTokens());
      raw.put("requests", requests);
      raw.put("requests_a_second", requestsASecond());
      raw.put("prompt_tokens_computed_a_request", computed());
      raw.put("recomputed_a_request", recomputed());
      return raw;
    }

    double computed() {
      return (double) counted.promptTokens() / Math.max(1, requests);
    }
  }

  @Override
  public String name() {
    return "batching";
  }

  @Override
  public String purpose() {
    return IMAGES + " open images, " + CALLERS + " callers in a closed loop, short questions";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    List<Scene> scenes = Engines.scenes(IMAGES, options.seed());
    try (FoveaEngine usual = Engines.of(options.model()).build();
        FoveaEngine roomy = Engines.of(options.model()).kvCacheTokens(LARGE_CACHE).build()) {
      Side byDefault = new Side(usual, scenes);
      Side large = new Side(roomy, scenes);
      Map<Question, Long> needed = neededTokens(large);
      for (int round = 0; round < 1 + ROUNDS; round++) {
        double seconds = options.seconds() / ROUNDS;
        long seed = options.seed() + round;
        measure(byDefault, needed, seconds, seed, /* counts= */ round > 0); // 0 warms up
        measure(large, needed, seconds, seed, /* counts= */ round > 0);
      }
      report.raw("default", byDefault.raw());
      report.raw("large_cache", large.raw());
      rows(byDefault, large, report);
    }
  }

  private static void rows(Side byDefault, Side large, Report report) {
    report.tell(
        "rows a step with prompts, default cache", Text.number(byDefault.counted.rowsAStep()), "");
    report.tell("  with a large cache", Text.number(large.counted.rowsAStep()), "");
    report.atLeast( // the share of answers; recomputed prompts would only flatter it
        "generated rows a step, default cache", byDefault.counted.generatedAStep(), LEAST_ROWS, "");
    report.tell("  with a large cache", Text.number(large.counted.generatedAStep()), "");
    report.tell("prompt tokens a request, default cache", Text.number(byDefault.computed()), "");
    report.tell("  with a large cache", Text.number(large.computed()), "");
    report.atMost(
        "of them computed before, default cache", byDefault.recomputed(), MOST_RECOMPUTED, "");
    report.tell("  with a large cache", Text.number(large.recomputed()), "");
    double share = byDefault.requestsASecond() / large.requestsASecond();
    report.row(
        "requests a second, default cache",
        Text.number(byDefault.requestsASecond()) + ", " + Text.number(share) + " of the next",
        ">= " + Text.number(LEAST_SHARE) + " of the next",
        share >= LEAST_SHARE);
    report.tell("  with a large cache", Text.number(large.requestsASecond()), "");
  }

  /** Prompt tokens that each question computes where its picture's prefix is cached. */
  private static Map<Question, Long> neededTokens(Side side) throws InterruptedException {
    Map<Question, Long> needed = new HashMap<>();
    for (Question question : QUESTIONS) {
      EngineStats before = Engines.settled(side.engine);
      question.put(side.engine, side.images.get(0));
      EngineStats after = Engines.settled(side.engine);
      needed.put(question, after.promptTokens() - before.promptTokens());
    }
    return needed;
  }

  private static void measure(
      Side side, Map<Question, Long> needed, double seconds, long seed, boolean counts)
      throws InterruptedException {
    Random[] randoms = new Random[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
      randoms[i] = new Random(seed * CALLERS + i);
    }
    AtomicLong neededHere = new AtomicLong();
    EngineStats before = Engines.settled(side.engine);
    long start = System.nanoTime();
    long requests =
        Callers.run(
            CALLERS,
            seconds,
            (caller, turn) -> {
              Random random = randoms[caller];
              Question question = QUESTIONS.get(random.nextInt(QUESTIONS.size()));
              question.put(side.engine, side.images.get(random.nextInt(IMAGES)));
              neededHere.addAndGet(needed.getOrDefault(question, 0L));
            });
    double took = (System.nanoTime() - start) / 1e9;
    if (counts) {
      side.counted =
          side.counted.plus(Engines.Counted.between(before, Engines.settled(side.engine)));
      side.requests += requests;
      side.seconds += took;
      side.needed.addAndGet(neededHere.get());
    }
  }
}
