package io.fovea.bench.load;

import io.fovea.RequestRejectedException;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The large picture in a JVM of its own. */
final class UploadChild {
  static final String ALONE = "alone";
  static final String REFUSED = "refused";
  static final String MANY = "many";

  /** The outcome of an upload that was encoded. */
  static final String PICTURE = "picture";

  private static final String UNFINISHED = "unfinished";
  private static final int FILLERS = 4;
  private static final int TRIES = 5;
  private static final int WARM_UPS = 20;

  private UploadChild() {}

  /**
   * Runs one measurement.
   *
   * @param arguments which, model directory, picture file; for {@link #MANY} also the number of
   *     threads and the seconds they may take
   */
  public static void main(String[] arguments) throws Exception {
    Path model = Path.of(arguments[1]);
    Path picture = Path.of(arguments[2]);
    Map<String, Object> result =
        switch (arguments[0]) {
          case ALONE -> alone(model, picture);
          case REFUSED -> refused(model, picture);
          default ->
              many(model, picture, Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
        };
    ChildJvm.printResult(result);
    System.exit(0); // also where threads that never got an answer are left
  }

  private static Map<String, Object> alone(Path model, Path picture) {
    try (FoveaEngine engine = Engines.of(model).build()) {
      engine.encode(small()).close(); // classes loaded, nothing large decoded yet
      return encode(engine, picture);
    }
  }

  private static ImageInput small() {
    return Scene.draw(4, 1).input();
  }

  /** One encode: its outcome, time, heap, and what the calling thread allocated. */
  private static Map<String, Object> encode(FoveaEngine engine, Path picture) {
    Map<String, Object> result = new LinkedHashMap<>();
    try (HeapPeak peak = new HeapPeak()) {
      long allocated = Allocated.here();
      long start = System.nanoTime();
      result.put("outcome", outcome(engine, picture));
      result.put("millis", (System.nanoTime() - start) / 1e6);
      result.put("allocated_bytes", Allocated.here() - allocated);
      result.put("heap_peak_bytes", peak.bytes());
    }
    return result;
  }

  private static String outcome(FoveaEngine engine, Path picture) {
    try {
      engine.encode(ImageInput.of(picture)).close();
      return PICTURE;
    } catch (RuntimeException | OutOfMemoryError e) {
      return Outcomes.name(e);
    }
  }

  /** A place that runs, a place that waits, and more callers than places: both are always taken. */
  private static Map<String, Object> refused(Path model, Path picture) throws Exception {
    try (FoveaEngine engine = Engines.of(model).maxRunning(1).queueCapacity(1).build();
        EncodedImage image = engine.encode(small())) {
      try (Callers fillers = Callers.start(FILLERS, (caller, turn) -> fill(engine, image, turn))) {
        warmUpRefusals(engine);
        Map<String, Object> result = Map.of();
        for (int i = 0; i < TRIES && fillers.isGoing(); i++) {
          Engines.await(engine, stats -> stats.running() == 1 && stats.waiting() == 1);
          result = encode(engine, picture);
          if (!PICTURE.equals(result.get("outcome"))) {
            break; // otherwise it met the moment in which the queue had room
          }
        }
        return result;
      }
    }
  }

  private static void fill(FoveaEngine engine, EncodedImage image, long turn)
      throws InterruptedException {
    try {
      engine.chat(Question.longAnswer(image, turn));
    } catch (RequestRejectedException e) {
      Thread.sleep(1);
    }
  }

  /** Loads the classes of a refusal, on pictures that cost nothing to decode. */
  private static void warmUpRefusals(FoveaEngine engine) {
    ImageInput small = small();
    for (int i = 0; i < WARM_UPS; i++) {
      try {
        engine.encode(small).close();
      } catch (RequestRejectedException e) {
        // wanted
      }
    }
  }

  private static Map<String, Object> many(Path model, Path picture, int count, int seconds)
      throws InterruptedException {
    FoveaEngine engine = Engines.of(model).build();
    engine.encode(small()).close();
    AtomicReferenceArray<@Nullable Object> outcomes = new AtomicReferenceArray<>(count);
    CountDownLatch go = new CountDownLatch(1);
    Thread[] threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      int index = i;
      threads[i] = new Thread(() -> outcomes.set(index, together(engine, picture, go)));
      threads[i].setDaemon(true);
      threads[i].start();
    }
    long start = System.nanoTime();
    go.countDown();
    long end = start + seconds * 1_000_000_000L;
    for (Thread thread : threads) {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("millis", (System.nanoTime() - start) / 1e6);
    Outcomes counted = new Outcomes();
    Map<String, String> messages = new TreeMap<>(); // the last of each kind
    for (int i = 0; i < count; i++) {
      Object outcome = outcomes.get(i);
      if (outcome instanceof Throwable failure) {
        counted.add(failure);
        messages.put(
            Outcomes.name(failure),
            String.valueOf(failure.getMessage()).replace(picture.toString(), "PICTURE"));
      } else {
        counted.add(outcome == null ? UNFINISHED : outcome.toString());
      }
    }
    result.put("outcomes", counted.counts());
    result.put("messages", messages);
    return result;
  }

  /** The outcome as it is: naming it would need memory, which may be what lacks. */
  private static Object together(FoveaEngine engine, Path picture, CountDownLatch go) {
    try {
      go.await();
      engine.encode(ImageInput.of(picture)).close();
      return PICTURE;
    } catch (RuntimeException | InterruptedException | OutOfMemoryError e) {
      return e;
    }
  }
}
