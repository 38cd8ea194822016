package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.ImageSize;
import io.fovea.grounding.CocoRle;
import io.fovea.grounding.Mask;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The compressed runs of a mask of 640x480, and what is done with it. */
public final class MaskFuzzer {
  private static final List<Integer> SIZE = List.of(480, 640); // height and width

  private MaskFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    Mask mask = Mask.of(new CocoRle(SIZE, new String(input, StandardCharsets.UTF_8)));
    Mask again = Mask.of(mask.toCocoRle());
    if (!again.equals(mask) || mask.intersectionArea(again) != mask.area()) {
      throw new AssertionError(mask + " becomes another in its own form");
    }
    mask.polygons();
    mask.toBufferedImage();
  }

  static List<byte[]> sound() {
    ImageSize size = new ImageSize(SIZE.get(1), SIZE.get(0));
    return List.of(
        counts(Mask.ofRuns(size, List.of(0, 307_200))),
        counts(Mask.ofRuns(size, List.of(100_000, 300, 180, 500, 180, 5, 70, 205_965))));
  }

  private static byte[] counts(Mask mask) {
    return mask.toCocoRle().counts().getBytes(StandardCharsets.UTF_8);
  }
}
