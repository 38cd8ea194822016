package io.fovea.bench.load;

import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.image.ImageInput;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a request costs besides arithmetic: heap, the idle engine's processor time, the first one.
 */
final class AllocationScenario implements Scenario {
  private static final int REQUESTS = 500;
  private static final int WARM_UPS = 300;
  private static final int ANSWER_TOKENS = 4;
  private static final int MOST_CALLER_BYTES = 20_000;
  private static final int LARGE_VOCABULARY = 100_000;
  private static final double MOST_IDLE_MILLIS = 0.1; // a second
  private static final double MOST_FIRST_RATIO = 2;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @Override
  public String name() {
    return "allocation";
  }

  @Override
  public String purpose() {
    return "heap allocated by a request, processor time of an idle engine, the first request";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    try (FoveaEngine engine = Engines.of(options.model()).build();
        EncodedImage image = engine.encode(picture())) {
      int vocabulary = engine.model().vocabularySize();
      report.raw("vocabulary", vocabulary);
      ChatRequest greedy = question(image);
      GenerationOptions sampled =
          greedy.options().toBuilder()
              .sampling(SamplingOptions.builder().temperature(1).build())
              .build();
      int count = options.requestsOr(REQUESTS);
      allocated("greedy", engine, greedy, count, vocabulary, report);
      allocated(
          "sampled",
          engine,
          greedy.toBuilder().options(sampled).build(),
          count,
          vocabulary,
          report);
    }
    idle(options, report);
    first(options, report);
  }

  /** A question with an answer that is short in any model, also in one of random weights. */
  static ChatRequest question(EncodedImage image) {
    return Question.ask("How many objects are there?").request(image).toBuilder()
        .options(GenerationOptions.builder().maxNewTokens(ANSWER_TOKENS).build())
        .build();
  }

  static ImageInput picture() {
    return Scene.draw(5, 1).input();
  }

  private static void allocated(
      String name,
      FoveaEngine engine,
      ChatRequest request,
      int count,
      int vocabulary,
      Report report)
      throws InterruptedException {
    for (int i = 0; i < WARM_UPS; i++) {
      engine.chat(request);
    }
    long thread = Allocated.engineThread();
    Engines.settled(engine);
    long here = Allocated.here();
    long there = Allocated.by(thread);
    long tokens = 0;
    for (int i = 0; i < count; i++) {
      tokens += engine.chat(request).usage().completionTokens();
    }
    double caller = (double) (Allocated.here() - here) / count;
    Engines.settled(engine);
    double engineThread = (double) (Allocated.by(thread) - there) / count;
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("requests", count);
    raw.put("calling_thread_bytes_a_request", caller);
    raw.put("engine_thread_bytes_a_request", engineThread);
    raw.put("tokens_a_request", (double) tokens / count);
    report.raw(name, raw);
    String what = "bytes of a " + name + " request, " + vocabulary + " entries";
    String measured =
        Text.bytes(caller + engineThread)
            + ": caller "
            + Text.bytes(caller)
            + ", engine "
            + Text.bytes(engineThread);
    if (vocabulary < LARGE_VOCABULARY) { // says nothing of arrays as long as the vocabulary
      report.tell(what, measured, "caller < 20 KB at 128,256 entries");
    } else {
      report.row(
          what,
          measured,
          "caller < 20 KB, engine < 1 byte an entry",
          caller < MOST_CALLER_BYTES && engineThread < vocabulary);
    }
  }

  private static void idle(Options options, Report report) throws Exception {
    Map<String, Object> result =
        ChildJvm.run(IdleChild.class, List.of(), LIMIT, options.model(), 2 * options.seconds());
    report.raw("idle", result);
    double own = ChildJvm.number(result, "engine_threads_ms_a_second");
    report.row(
        "processor time of an idle engine's threads",
        Text.number(own)
            + " ms a second; JVM "
            + Text.number(ChildJvm.number(result, "jvm_with_engine_ms_a_second"))
            + ", without "
            + Text.number(ChildJvm.number(result, "jvm_without_engine_ms_a_second")),
        "none: <= 0.1 ms a second",
        own <= MOST_IDLE_MILLIS);
  }

  private static void first(Options options, Report report) throws Exception {
    Map<String, Object> result = ChildJvm.run(StartChild.class, List.of(), LIMIT, options.model());
    report.raw("first", result);
    for (String what : List.of("encode", "ask", "encode_and_ask")) {
      double first = ChildJvm.number(result, what + "_first_ms");
      double steady = ChildJvm.number(result, what + "_steady_ms");
      report.row(
          "first " + what.replace('_', ' ') + " of a JVM",
          Text.millis(first)
              + ", then "
              + Text.millis(steady)
              + ": "
              + Text.number(first / steady)
              + " x",
          "<= 2 x after warmUp()",
          first / steady <= MOST_FIRST_RATIO);
    }
  }
}
