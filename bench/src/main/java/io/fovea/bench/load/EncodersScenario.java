package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
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
      double encodedBeside;
      try (Callers encoders =
          Callers.start(
              ENCODERS,
              (caller, turn) ->
                  encode(engine, scenes, (int) (caller + turn * ENCODERS), encodingBeside))) {
        read(engine, image, options.seconds(), beside);
        encodedBeside = encoders.turns() / options.seconds();
      }
      report.samples("gap_alone", alone);
      report.samples("gap_beside_encoders", beside);
      report.samples("encode_alone", encoding);
      report.samples("encode_beside_stream", encodingBeside);
      report.raw("encoded_a_second", encodedBeside);
      rows(report, alone, beside, encoding, encodedBeside);
    }
  }

  private static void rows(
      Report report, Samples alone, Samples beside, Samples encoding, double encodedBeside) {
    report.tell("gap between tokens, alone", alone.text(), "");
    report.tell("  beside " + ENCODERS + " encoders", beside.text(), "p99 <= one slice + one step");
    report.tell("a whole picture, for comparison", encoding.text(), "");
    report.tell("pictures encoded a second beside it", Text.number(encodedBeside), "");
  }

  private static ImageInput picture(List<Scene> scenes, int index) {
    return scenes.get(index % scenes.size()).input();
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
      try (TokenStream stream = engine.stream(Question.caption().request(image))) {
        readOne(stream, end, gaps);
      }
    }
  }

  private static void readOne(TokenStream stream, long end, Samples gaps) {
    long last = 0;
    for (TokenEvent event : stream) {
      long now = System.nanoTime();
      if (now > end) {
        return;
      }
      if (event instanceof TokenEvent.Token) {
        if (last != 0) {
          gaps.add(now - last);
        }
        last = now;
      }
    }
  }
}
