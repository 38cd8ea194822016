package io.fovea.bench.load;

import io.fovea.RequestRejectedException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** More submissions than anyone can serve, and giving them up again. */
final class QueueScenario implements Scenario {
  private static final int SUBMISSIONS = 10_000;
  private static final double MOST_CANCEL_MILLIS = 200;

  @Override
  public String name() {
    return "queue";
  }

  @Override
  public String purpose() {
    return "thousands of submissions at once: rejections, and cancelling what is queued";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    int count = options.requestsOr(SUBMISSIONS);
    rejections(options.model(), count, report);
    cancellation(options.model(), count, report);
  }

  private static ImageInput picture() {
    return Scene.draw(4, 1).input();
  }

  private static void rejections(Path model, int count, Report report) throws Exception {
    try (FoveaEngine engine = Engines.of(model).build();
        EncodedImage image = engine.encode(picture())) {
      ChatRequest request = Question.ask("How many objects are there?").request(image);
      engine.chat(request);
      List<CompletableFuture<Answer>> futures = new ArrayList<>();
      Outcomes outcomes = new Outcomes();
      String message = "";
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        futures.add(engine.chatAsync(request));
      }
      double millis = (System.nanoTime() - start) / 1e6;
      for (CompletableFuture<Answer> future : futures) {
        Throwable error = future.handle((answer, e) -> e).get(1, TimeUnit.MINUTES);
        outcomes.add(outcome(error));
        if (error instanceof RequestRejectedException) {
          message = String.valueOf(error.getMessage());
        }
      }
      Map<String, Object> raw = new LinkedHashMap<>();
      raw.put("submissions", count);
      raw.put("millis", millis);
      raw.put("outcomes", outcomes.counts());
      raw.put("message", message);
      report.raw("rejections", raw);
      report.tell(
          String.format(Locale.ROOT, "%,d submissions on defaults", count),
          Text.counts(outcomes.counts()) + " in " + Text.millis(millis),
          "a waiting submission, too");
      report.tell("  what a rejection says", message, "queue length and expected wait");
    }
  }

  private static String outcome(@Nullable Throwable error) {
    return error == null ? "answered" : error.getClass().getSimpleName();
  }

  private static void cancellation(Path model, int count, Report report) throws Exception {
    try (FoveaEngine engine = Engines.of(model).queueCapacity(count).build();
        EncodedImage image = engine.encode(picture())) {
      List<CompletableFuture<Answer>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        futures.add(engine.chatAsync(Question.longAnswer(image, i)));
      }
      int queued = engine.stats().waiting();
      long start = System.nanoTime();
      futures.forEach(future -> future.cancel(true));
      double called = (System.nanoTime() - start) / 1e6;
      for (CompletableFuture<Answer> future : futures) {
        future.handle((answer, error) -> outcome(error)).get(1, TimeUnit.MINUTES);
      }
      double done = (System.nanoTime() - start) / 1e6;
      boolean gone = Engines.await(engine, stats -> stats.running() + stats.waiting() == 0);
      double freed = (System.nanoTime() - start) / 1e6;
      Map<String, Object> raw = new LinkedHashMap<>();
      raw.put("queued", queued);
      raw.put("cancel_calls_ms", called);
      raw.put("futures_done_ms", done);
      raw.put("queue_empty_ms", freed);
      report.raw("cancellation", raw);
      report.row(
          String.format(Locale.ROOT, "cancelling %,d queued requests", queued),
          "futures done " + Text.millis(done) + ", queue empty " + Text.millis(freed),
          "<= 200 ms",
          gone && Math.max(done, freed) <= MOST_CANCEL_MILLIS);
      if (!gone) {
        report.fail("cancelled requests are still in the engine after a minute");
      }
    }
  }
}
