package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The first picture and question after an engine's warm-up, and those that come much later. */
final class StartChild {
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final int WARM_UPS = 150;
  private static final int STEADY = 50;

  private StartChild() {}

  /**
   * Measures.
   *
   * @param arguments model directory
   */
  public static void main(String[] arguments) {
    Samples encode = new Samples();
    Samples ask = new Samples();
    Samples both = new Samples();
    Map<String, Object> result = new LinkedHashMap<>();
    List<ImageInput> pictures =
        IntStream.range(0, 1 + WARM_UPS + STEADY)
            .mapToObj(i -> Scene.draw(5, 1 + i).input())
            .toList();
    Iterator<ImageInput> next = pictures.iterator(); // each is new: what is cached is no measure
    try (FoveaEngine engine = Engines.of(Path.of(arguments[0])).build()) {
      engine.warmUp(WARM_UP);
      round(engine, next.next(), encode, ask, both);
      put(result, "first", encode, ask, both);
      for (int i = 0; i < WARM_UPS; i++) {
        round(engine, next.next(), new Samples(), new Samples(), new Samples());
      }
      encode = new Samples();
      ask = new Samples();
      both = new Samples();
      for (int i = 0; i < STEADY; i++) {
        round(engine, next.next(), encode, ask, both);
      }
      put(result, "steady", encode, ask, both);
    }
    ChildJvm.printResult(result);
  }

  private static void put(
      Map<String, Object> result, String when, Samples encode, Samples ask, Samples both) {
    result.put("encode_" + when + "_ms", encode.percentile(50));
    result.put("ask_" + when + "_ms", ask.percentile(50));
    result.put("encode_and_ask_" + when + "_ms", both.percentile(50));
  }

  private static void round(
      FoveaEngine engine, ImageInput picture, Samples encode, Samples ask, Samples both) {
    long start = System.nanoTime();
    try (EncodedImage image = engine.encode(picture)) {
      long encoded = System.nanoTime();
      engine.chat(AllocationScenario.question(image));
      long answered = System.nanoTime();
      encode.add(encoded - start);
      ask.add(answered - encoded);
      both.add(answered - start);
    }
  }
}
