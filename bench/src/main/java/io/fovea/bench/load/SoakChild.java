package io.fovea.bench.load;

import io.fovea.FoveaException;
import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Workload.Item;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The soak in a JVM of its own, so that only what it does counts in its memory. */
final class SoakChild {
  private static final int CALLERS = 8;
  private static final int PICTURES = 4;
  private static final int REPORTED = 10;
  private static final int CANCEL_WITHIN_MILLIS = 20;
  private static final int DEADLINE_WITHIN_MILLIS = 30;

  private final Path model;
  private final List<Scene> scenes;
  private final ConcurrentLinkedQueue<String> differences = new ConcurrentLinkedQueue<>();

  private SoakChild(Path model, long seed) {
    this.model = model;
    scenes = Engines.scenes(PICTURES, seed);
  }

  /**
   * Runs it.
   *
   * @param arguments model directory, requests, engines to open and close, seed
   */
  public static void main(String[] arguments) throws Exception {
    int requests = Integer.parseInt(arguments[1]);
    int engines = Integer.parseInt(arguments[2]);
    long seed = Long.parseLong(arguments[3]);
    ChildJvm.printResult(new SoakChild(Path.of(arguments[0]), seed).run(requests, engines, seed));
  }

  private Map<String, Object> run(int requests, int engines, long seed) throws Exception {
    Map<String, Object> result = new LinkedHashMap<>();
    try (FoveaEngine engine = Engines.of(model).build()) {
      Workload workload = Workload.prepare(engine, scenes, seed);
      // First all of it for a while, so that code is compiled and pools are as large as they
      // become.
      disturb(engine, workload, Math.max(500, requests / 10), seed + 1, new Outcomes());
      openAndClose(Math.max(5, engines / 10), workload);
      result.put("heap_before", heap());
      result.put("resident_before", Machine.residentBytes());
      Outcomes outcomes = new Outcomes();
      disturb(engine, workload, requests, seed + 2, outcomes);
      openAndClose(engines, workload);
      result.put("heap_after", heap());
      result.put("resident_after", Machine.residentBytes());
      workload.closeImages();
      leftovers(engine, result);
      result.put("outcomes", outcomes.counts());
    }
    result.put("differences", differences.stream().limit(REPORTED).toList());
    return result;
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static void leftovers(FoveaEngine engine, Map<String, Object> result)
      throws InterruptedException {
    Engines.await(
        engine,
        stats ->
            stats.running() + stats.waiting() + stats.openImages() == 0
                && stats.kvPagesFree() == stats.kvPagesTotal());
    EngineStats stats = engine.stats();
    result.put("pages_held", stats.kvPagesTotal() - stats.kvPagesFree());
    result.put("images_held", stats.openImages());
    result.put("requests_held", stats.running() + stats.waiting());
  }

  private void disturb(
      FoveaEngine engine, Workload workload, int requests, long seed, Outcomes outcomes)
      throws InterruptedException {
    SplittableRandom[] randoms = new SplittableRandom[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
      randoms[i] = new SplittableRandom(seed * CALLERS + i);
    }
    Callers.runTurns(
        CALLERS,
        requests,
        (caller, turn) -> {
          try {
            outcomes.add(one(engine, workload, randoms[caller]));
          } catch (FoveaException | CompletionException e) {
            outcomes.add(e);
          }
        });
  }

  /** One request, ended early in one way or another or not at all; returns how it went. */
  private String one(FoveaEngine engine, Workload workload, SplittableRandom random)
      throws InterruptedException {
    EncodedImage image = workload.image(random.nextInt(workload.pictures()));
    ChatRequest request = Question.longAnswer(image, random.nextLong());
    int kind = random.nextInt(100);
    if (kind < 20) {
      return cancelled(engine.chatAsync(request), random.nextInt(CANCEL_WITHIN_MILLIS));
    } else if (kind < 40) {
      Duration deadline = Duration.ofMillis(1 + random.nextInt(DEADLINE_WITHIN_MILLIS));
      engine.chat(
          request.toBuilder()
              .options(request.options().toBuilder().deadline(deadline).build())
              .build());
      return "answered before its deadline";
    } else if (kind < 50) {
      return closedStream(engine.stream(request), random.nextInt(10));
    }
    return checked(workload, workload.draw(random));
  }

  private static String cancelled(CompletableFuture<Answer> future, int millis)
      throws InterruptedException {
    Thread.sleep(millis);
    future.cancel(true);
    try {
      future.join();
      return "answered before it was cancelled";
    } catch (CancellationException e) {
      return "cancelled";
    }
  }

  private static String closedStream(TokenStream stream, int events) {
    try (stream) {
      Iterator<TokenEvent> iterator = stream.iterator();
      for (int i = 0; i < events && iterator.hasNext(); i++) {
        iterator.next();
      }
      return "stream closed early";
    }
  }

  private String checked(Workload workload, Item item) {
    String difference = workload.difference(item, workload.serve(item).reply());
    if (difference != null) {
      differences.add(difference);
    }
    return item.question().kind() == Kind.ENCODE ? "picture" : "answered";
  }

  /** Engines that answer one question each and are closed, every other one in the midst of work. */
  private void openAndClose(int count, Workload workload) {
    Item item = new Item(0, Question.caption());
    for (int i = 0; i < count; i++) {
      try (FoveaEngine engine = Engines.of(model).build()) {
        EncodedImage image = Engines.encode(engine, scenes.subList(0, 1)).get(0);
        String difference = workload.difference(item, item.question().put(engine, image));
        if (difference != null) {
          differences.add("a new engine, " + difference);
        }
        if (i % 2 == 1) {
          CompletableFuture<Answer> unfinished = engine.chatAsync(Question.longAnswer(image, i));
          unfinished.exceptionally(error -> null).isDone();
        }
      }
    }
  }
}
