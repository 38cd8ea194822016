package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TokenEvent;
import io.fovea.image.ImageInput;
import java.util.List;

/** An answer being read token by token while other callers have pictures encoded. */
final class EncodersScenario implements Scenario {
  private static final int ENCODERS = 4;
  private static final int PICTURES = 8;

  @Override
  public String name() {
    return "encoders";
  }

  @Override
  public String purpose() {
    return "gap between tokens of a stream, alone and beside " + ENCODERS + " encoding threads";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    List<Scene> scenes = Engines.scenes(PICTURES, options.seed());
    try (FoveaEngine engine = Engines.of(options.model()).build();
        EncodedImage image = engine.encode(picture(scenes, 7))) {
      read(engine, image, options.seconds() / 4, new Samples()); // warms up
      Samples encoding = new Samples();
      for (int i = 0; i < 4 * PICTURES; i++) {
        encode(engine, scenes, i, encoding);
      }
      Samples alone = new Samples();
      read(engine, image, options.seconds(), alone);
      Samples beside = new Samples();
      Samples encodingBeside = new Samples();
      try (Callers encoders =
          Callers.start(
              ENCODERS,
              (caller, turn) ->
                  encode(engine, scenes, (int) (caller + turn * ENCODERS), encodingBeside))) {
        read(engine, image, options.seconds(), beside);
      }
      report.samples("gap_alone", alone);
      report.samples("gap_beside_encoders", beside);
      report.samples("encode_alone", encoding);
      report.samples("encode_beside_stream", encodingBeside);
      rows(report, options, alone, beside, encoding, encodingBeside);
    }
  }

  private static void rows(
      Report report,
      Options options,
      Samples alone,
      Samples beside,
      Samples encoding,
      Samples encodingBeside) {
    report.tell("gap between tokens, alone", alone.text(), "");
    report.tell("  beside " + ENCODERS + " encoders", beside.text(), "p99 <= one slice + one step");
    report.tell("a whole picture, for comparison", encoding.text(), "");
    report.tell(
        "pictures encoded a second beside it",
        Text.number(encodingBeside.count() / options.seconds()),
        "");
  }

  private static ImageInput picture(List<Scene> scenes, int index) {
    return ImageInput.of(scenes.get(index % scenes.size()).png());
  }

  private static void encode(FoveaEngine engine, List<Scene> scenes, int index, Samples times) {
    long start = System.nanoTime();
    engine.encode(picture(scenes, index)).close();
    times.add(System.nanoTime() - start);
  }

  /** Reads one caption after another; gaps from one answer to the next do not count. */
  private static void read(FoveaEngine engine, EncodedImage image, double seconds, Samples gaps) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      long last = 0;
      for (TokenEvent event : engine.stream(Question.caption().request(image))) {
        if (event instanceof TokenEvent.Token) {
          long now = System.nanoTime();
          if (last != 0) {
            gaps.add(now - last);
          }
          last = now;
        }
      }
    }
  }
}
