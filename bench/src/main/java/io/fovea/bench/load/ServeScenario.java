package io.fovea.bench.load;

import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Question.Reply;
import io.fovea.bench.load.Workload.Item;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import io.fovea.micrometer.EngineMetrics;
import io.fovea.server.FoveaServer;
import io.fovea.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server with 64 connections: what it adds to the engine, whether answers stay right while
 * clients leave and send nonsense, and what is left afterwards. Clients are in the same process.
 */
final class ServeScenario implements Scenario {
  private static final int REQUESTS = 2000;
  private static final int CONNECTIONS = 64;
  private static final int PICTURES = 8;
  private static final int ROUNDS = 6; // engine and server in turns
  private static final int REPORTED = 10;

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String purpose() {
    return "64 connections: uploads, locate, ask, streams; 10 % leave midway, 5 % are malformed";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    List<Scene> scenes = Engines.scenes(PICTURES, options.seed());
    EngineMetrics metrics = new EngineMetrics("model");
    try (FoveaEngine engine =
            Engines.of(options.model()).queueCapacity(4 * CONNECTIONS).listener(metrics).build();
        FoveaServer server =
            FoveaServer.builder()
                .settings(ServerSettings.builder().port(0).build())
                .model("model", engine, metrics)
                .start()) {
      Workload workload = Workload.prepare(engine, scenes, options.seed());
      HttpClientSide client = new HttpClientSide(server.uri(), scenes);
      overhead(1, options, workload, client, report);
      overhead(8, options, workload, client, report);
      load(engine, workload, client, options, report);
      workload.closeImages();
    }
  }

  /** The same questions to the engine and to the server, in turns. */
  private static void overhead(
      int callers, Options options, Workload workload, HttpClientSide client, Report report)
      throws InterruptedException {
    Samples direct = new Samples();
    Samples served = new Samples();
    double[] seconds = new double[2];
    for (int round = 0; round < ROUNDS; round++) {
      boolean counts = round > 0; // the first warms up
      seconds[0] +=
          time(callers, options, direct, counts, item -> workload.serve(item).reply(), workload);
      seconds[1] += time(callers, options, served, counts, client::put, workload);
    }
    String name = callers + (callers == 1 ? " caller" : " callers");
    report.samples("locate_engine_" + callers, direct);
    report.samples("locate_server_" + callers, served);
    report.tell("locate, " + name + ", engine", direct.text(), "");
    report.tell("  over HTTP", served.text(), "");
    report.atMost(
        "  added to the median, " + name, served.percentile(50) - direct.percentile(50), 5, " ms");
    report.atLeast(
        "  requests a second, share of the engine's",
        (served.count() / seconds[1]) / (direct.count() / seconds[0]),
        0.9,
        "");
  }

  /** Puts a question and gives its answer. */
  private interface Way {
    Reply put(Item item) throws IOException, InterruptedException;
  }

  private static double time(
      int callers, Options options, Samples samples, boolean counts, Way way, Workload workload)
      throws InterruptedException {
    SplittableRandom[] randoms = randoms(callers, options.seed());
    long start = System.nanoTime();
    Callers.run(
        callers,
        options.seconds() / ROUNDS,
        (caller, turn) -> {
          Item item = workload.draw(randoms[caller], Kind.LOCATE);
          long begun = System.nanoTime();
          put(way, item);
          if (counts) {
            samples.add(System.nanoTime() - begun);
          }
        });
    return counts ? (System.nanoTime() - start) / 1e9 : 0;
  }

  private static Reply put(Way way, Item item) throws InterruptedException {
    try {
      return way.put(item);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SplittableRandom[] randoms(int callers, long seed) {
    return Stream.iterate(seed * callers, each -> each + 1)
        .limit(callers)
        .map(SplittableRandom::new)
        .toArray(SplittableRandom[]::new);
  }

  private static void load(
      FoveaEngine engine, Workload workload, HttpClientSide client, Options options, Report report)
      throws Exception {
    int requests = options.requestsOr(REQUESTS);
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    Outcomes outcomes = new Outcomes();
    disturb(Math.max(1000, requests / 10), options.seed(), workload, client, new Outcomes(), wrong);
    EngineStats before = Engines.settled(engine);
    long resident = residentAfterCollection();
    long threads = count("task");
    long files = count("fd");
    long start = System.nanoTime();
    disturb(requests, options.seed() + 1, workload, client, outcomes, wrong);
    double seconds = (System.nanoTime() - start) / 1e9;
    EngineStats after = Engines.settled(engine);
    report.tell("requests of " + CONNECTIONS + " connections", Text.counts(outcomes.counts()), "");
    report.tell("requests a second", Text.number(requests / seconds), "");
    report.raw("outcomes", outcomes.counts());
    report.row("wrong answers", Integer.toString(wrong.size()), "none", wrong.isEmpty());
    wrong.stream().limit(REPORTED).forEach(report::fail);
    report.raw("requests", requests);
    report.atMost(
        "resident memory, growth", 100.0 * residentAfterCollection() / resident - 100, 10, " %");
    report.atMost("threads more", count("task") - threads, 4, "");
    report.atMost("open files more", count("fd") - files, 8, "");
    report.atMost("images more", after.openImages() - before.openImages(), 0, "");
    report.atMost(
        "pages held",
        after.kvPagesTotal() - after.kvPagesFree() - (before.kvPagesTotal() - before.kvPagesFree()),
        0,
        "");
  }

  private static void disturb(
      int requests,
      long seed,
      Workload workload,
      HttpClientSide client,
      Outcomes outcomes,
      ConcurrentLinkedQueue<String> wrong)
      throws InterruptedException {
    SplittableRandom[] randoms = randoms(CONNECTIONS, seed);
    Callers.runTurns(
        CONNECTIONS,
        requests,
        (caller, turn) -> {
          try {
            String problem = one(randoms[caller], workload, client, outcomes);
            if (problem != null) {
              wrong.add(problem);
            }
          } catch (IOException | HttpClientSide.RefusedException e) {
            outcomes.add(String.valueOf(e.getMessage()));
            wrong.add("an answer was expected: " + e);
          }
        });
  }

  /** One request; returns what is wrong with its answer, or null. */
  private static @Nullable String one(
      SplittableRandom random, Workload workload, HttpClientSide client, Outcomes outcomes)
      throws IOException, InterruptedException {
    int kind = random.nextInt(100);
    if (kind < 10) {
      Kind asked = random.nextBoolean() ? Kind.CAPTION : Kind.LOCATE;
      client.leave(workload.draw(random, asked), 1 + random.nextInt(10));
      outcomes.add("left midway");
      return null;
    }
    if (kind < 15) {
      int status = client.malformed(random.nextInt(100));
      outcomes.add("malformed");
      return status == 400 ? null : "a malformed request was answered " + status;
    }
    Item item = workload.draw(random);
    while (item.question().kind() == Kind.CHAT) {
      item = workload.draw(random);
    }
    Reply reply = client.put(item);
    outcomes.add("answered");
    return workload.difference(item, reply);
  }

  private static long residentAfterCollection() throws IOException {
    System.gc();
    return Machine.residentBytes();
  }

  private static long count(String what) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self", what))) {
      return entries.count();
    }
  }
}
