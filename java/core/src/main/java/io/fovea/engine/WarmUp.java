package io.fovea.engine;

import io.fovea.image.ImageInput;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Requests that nobody waits for, about made-up pictures, until they are as fast as they will be:
 * the JVM compiles on the way, the native library places its buffers, a GPU records its steps.
 */
final class WarmUp {
  private static final int SETTLED_ROUNDS = 40; // rounds in a row without a new best time
  private static final double CLEARLY = 0.97; // a best time that is worth going on for
  private static final int WIDTH = 160;
  private static final int HEIGHT = 120;
  private static final GenerationOptions BRIEF =
      GenerationOptions.builder().maxNewTokens(8).build();

  private static final LocateOptions ONE_BOX = LocateOptions.builder().maxBoxes(1).build();

  private WarmUp() {}

  /**
   * Runs until the time of a round falls no more.
   *
   * @param most where to stop in any case; a round that has begun is finished
   */
  static void run(FoveaEngine engine, Duration most) {
    long end = System.nanoTime() + Deadlines.nanos(most);
    long best = Long.MAX_VALUE;
    int settled = 0;
    for (int round = 0; settled < SETTLED_ROUNDS; round++) {
      long begun = System.nanoTime();
      if (begun > end) {
        return;
      }
      round(engine, round);
      long took = System.nanoTime() - begun;
      settled = took < CLEARLY * best ? 0 : settled + 1;
      best = Math.min(best, took);
    }
  }

  private static void round(FoveaEngine engine, int round) {
    String format = round % 2 == 0 ? "png" : "jpg";
    try (EncodedImage image = engine.encode(ImageInput.of(picture(round, format)))) {
      engine.locate(image, "it", ONE_BOX);
      engine.ask(image, "What is there?", BRIEF);
      engine.caption(image, BRIEF);
    }
  }

  /** Another one each time, so that none is known from the last round. */
  private static byte[] picture(int seed, String format) {
    Random random = new Random(seed);
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        picture.setRGB(x, y, random.nextInt());
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, format, file);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written to", e);
    }
    return file.toByteArray();
  }
}
