package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoxTest {
  @ParameterizedTest
  @CsvSource({"-1,0,1,1", "0,-1,1,1", "0,0,1000,1", "0,0,1,1000", "5,0,4,1", "0,5,1,4"})
  void refusesWhatIsNoRectangle(int x0, int y0, int x1, int y1) {
    assertThatThrownBy(() -> new Box(x0, y0, x1, y1))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("[" + x0 + "," + y0 + "," + x1 + "," + y1 + "]");
  }

  @Test
  void scalesToPixels() {
    PixelBox box = new Box(250, 100, 999, 500).toPixels(new ImageSize(640, 480));
    assertThat(box).isEqualTo(new PixelBox(160, 48, 639.36, 240));
  }

  /** Expected values computed by hand from floor(clamp(x, 0, W - 1) * 1000 / W). */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 640, 480, 640, 480, 0, 0, 998, 997",
    "-5, -0.5, 1e9, 1e9, 640, 480, 0, 0, 998, 997",
    "10, 10, 20, 20, 30, 40, 333, 250, 666, 500",
    "0, 0, 1, 1, 1, 1, 0, 0, 0, 0",
    "289, 0, 4000, 0, 5000, 1, 57, 0, 800, 0",
  })
  void readsPixels(
      double l, double t, double r, double b, int w, int h, int x0, int y0, int x1, int y1) {
    assertThat(Box.ofPixels(l, t, r, b, new ImageSize(w, h))).isEqualTo(new Box(x0, y0, x1, y1));
  }

  @ParameterizedTest
  @CsvSource({"NaN,0,1,1", "0,0,Infinity,1", "2,0,1,1", "0,2,1,1"})
  void refusesPixelsThatAreNoRectangle(double l, double t, double r, double b) {
    ImageSize size = new ImageSize(10, 10);
    assertThatThrownBy(() -> Box.ofPixels(l, t, r, b, size))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> new PixelBox(l, t, r, b)).isInstanceOf(InvalidRequestException.class);
  }

  /**
   * Pixels of a box give the box again, as long as they are not past the last pixel's left edge.
   */
  @Test
  void pixelsAndThousandthsInvertEachOther() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      ImageSize size = new ImageSize(1 + random.nextInt(5000), 1 + random.nextInt(5000));
      int x = (int) Math.floor((size.width() - 1) * 1000.0 / size.width());
      int y = (int) Math.floor((size.height() - 1) * 1000.0 / size.height());
      Box box =
          Box.ofCorners(
              random.nextInt(x + 1), random.nextInt(y + 1),
              random.nextInt(x + 1), random.nextInt(y + 1));
      PixelBox p = box.toPixels(size);
      assertThat(Box.ofPixels(p.left(), p.top(), p.right(), p.bottom(), size))
          .as("seed %d, case %d, %s", seed, i, size)
          .isEqualTo(box);
    }
  }

  @Test
  void overlapByHand() {
    assertThat(new Box(0, 0, 20, 10).iou(new Box(10, 0, 30, 10))).isEqualTo(100.0 / 300);
    assertThat(new Box(0, 0, 10, 10).iou(new Box(0, 0, 10, 10))).isEqualTo(1);
    assertThat(new Box(0, 0, 10, 10).iou(new Box(10, 10, 20, 20))).isZero();
    assertThat(new Box(5, 5, 5, 5).iou(new Box(5, 5, 5, 5))).isZero();
    assertThat(new PixelBox(0, 0, 1.5, 1).iou(new PixelBox(0.5, 0, 1.5, 2)))
        .isEqualTo(1.0 / 2.5, within(1e-12));
  }

  /** Counts lattice cells instead of multiplying sides. */
  @Test
  void overlapAgreesWithCounting() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Box a =
          Box.ofCorners(
              random.nextInt(20), random.nextInt(20), random.nextInt(20), random.nextInt(20));
      Box b =
          Box.ofCorners(
              random.nextInt(20), random.nextInt(20), random.nextInt(20), random.nextInt(20));
      int both = 0;
      int any = 0;
      for (int x = 0; x < 20; x++) {
        for (int y = 0; y < 20; y++) {
          both += covers(a, x, y) && covers(b, x, y) ? 1 : 0;
          any += covers(a, x, y) || covers(b, x, y) ? 1 : 0;
        }
      }
      double expected = any == 0 ? 0 : (double) both / any;
      assertThat(a.iou(b))
          .as("seed %d, case %d: %s %s", seed, i, a, b)
          .isEqualTo(expected, within(1e-12));
    }
  }

  private static boolean covers(Box box, int x, int y) {
    return box.x0() <= x && x < box.x1() && box.y0() <= y && y < box.y1();
  }
}
