package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {
  private static final long SEED = 41;
  private static final List<boolean[][]> SAMPLES = MaskSamples.all(SEED);

  @Test
  void isTheSameInEveryForm() {
    for (int i = 0; i < SAMPLES.size(); i++) {
      boolean[][] rows = SAMPLES.get(i);
      ImageSize size = MaskSamples.size(rows);
      Mask mask = Mask.of(rows);
      String name = "seed " + SEED + ", sample " + i + ", " + mask;
      assertThat(Mask.of(mask.toCocoRle())).as(name).isEqualTo(mask).hasSameHashCodeAs(mask);
      assertThat(Mask.ofRuns(size, mask.runs())).as(name).isEqualTo(mask);
      assertThat(Mask.ofLogits(size, logits(rows))).as(name).isEqualTo(mask);
      assertThat(mask.runs().stream().skip(1)).as(name).allMatch(run -> run > 0);
    }
  }

  private static float[] logits(boolean[][] rows) {
    int width = rows[0].length;
    float[] logits = new float[width * rows.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = rows[i / width][i % width] ? (i % 2 == 0 ? 1e-30f : 7) : (i % 3) * -2f;
    }
    return logits;
  }

  @Test
  void countsItsPixels() {
    for (int i = 0; i < SAMPLES.size(); i++) {
      boolean[][] rows = SAMPLES.get(i);
      Mask mask = Mask.of(rows);
      int area = 0;
      PixelBox bounds = null;
      for (int y = -1; y <= rows.length; y++) {
        for (int x = -1; x <= rows[0].length; x++) {
          boolean inside = y >= 0 && y < rows.length && x >= 0 && x < rows[0].length;
          boolean covered = inside && rows[y][x];
          assertThat(mask.contains(x, y)).as("sample %d: %d,%d", i, x, y).isEqualTo(covered);
          area += covered ? 1 : 0;
          bounds = covered ? around(bounds, x, y) : bounds;
        }
      }
      assertThat(mask.area()).as("sample %d", i).isEqualTo(area);
      assertThat(mask.bounds()).as("sample %d", i).isEqualTo(bounds);
    }
  }

  private static PixelBox around(@Nullable PixelBox box, int x, int y) {
    return box == null
        ? new PixelBox(x, y, x + 1, y + 1)
        : new PixelBox(
            Math.min(box.left(), x),
            Math.min(box.top(), y),
            Math.max(box.right(), x + 1),
            Math.max(box.bottom(), y + 1));
  }

  /** Samples of the same size stand in a row. */
  @Test
  void comparesPixelByPixel() {
    for (int i = 1; i < SAMPLES.size(); i++) {
      boolean[][] a = SAMPLES.get(i - 1);
      boolean[][] b = SAMPLES.get(i);
      if (!MaskSamples.size(a).equals(MaskSamples.size(b))) {
        continue;
      }
      int both = 0;
      int either = 0;
      for (int y = 0; y < a.length; y++) {
        for (int x = 0; x < a[0].length; x++) {
          both += a[y][x] && b[y][x] ? 1 : 0;
          either += a[y][x] || b[y][x] ? 1 : 0;
        }
      }
      Mask one = Mask.of(a);
      Mask other = Mask.of(b);
      assertThat(one.intersectionArea(other)).as("sample %d", i).isEqualTo(both);
      assertThat(other.intersectionArea(one)).as("sample %d", i).isEqualTo(both);
      assertThat(one.unionArea(other)).as("sample %d", i).isEqualTo(either);
      assertThat(one.iou(other)).isEqualTo(either == 0 ? 0 : (double) both / either);
      assertThat(one.equals(other)).as("sample %d", i).isEqualTo(both == either);
    }
    assertThatThrownBy(() -> MaskSamples.drawn("##").iou(MaskSamples.drawn("#", "#")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("2x1")
        .hasMessageContaining("1x2");
  }

  /** The examples in the comments of COCO's header. */
  @ParameterizedTest
  @CsvSource({"..###.#, '[2, 3, 1, 1]'", "######., '[0, 6, 1]'"})
  void publishedExamples(String pixels, String runs) {
    Mask mask = MaskSamples.drawn(pixels);
    assertThat(mask.runs()).hasToString(runs);
  }

  /**
   * Down the columns, not along the rows; by hand: 1, 4 and 1 are below 16, so a character each.
   */
  @Test
  void runsGoDownColumns() {
    Mask mask = MaskSamples.drawn(".#", "##", "#.");
    assertThat(mask.runs()).containsExactly(1, 4, 1);
    assertThat(mask.toCocoRle()).isEqualTo(new CocoRle(List.of(3, 2), "141"));
    assertThat(mask).hasToString("Mask[2x3, 4 pixels]");
  }

  /** 2000 = 1·1024 + 30·32 + 16 in groups of five bits; the fourth is 990 less: -10 is 22. */
  @Test
  void longRunsAndDifferencesByHand() {
    Mask mask = Mask.ofRuns(new ImageSize(1, 5000), List.of(2000, 1000, 1010, 990));
    assertThat(mask.toCocoRle().counts()).isEqualTo("`n1" + "Xo0" + "bo0" + "F");
    assertThat(Mask.of(mask.toCocoRle())).isEqualTo(mask);
  }

  @Test
  void runsOfNoPixelsAreNothing() {
    ImageSize size = new ImageSize(3, 2);
    assertThat(Mask.ofRuns(size, List.of(0, 0, 2, 1, 0, 2, 1, 0, 0)))
        .isEqualTo(Mask.ofRuns(size, List.of(2, 3, 1)));
    assertThat(Mask.of(new CocoRle(List.of(2, 3), "060J0"))).isEqualTo(full(3, 2));
  }

  private static Mask full(int width, int height) {
    return Mask.ofRuns(new ImageSize(width, height), List.of(0, width * height));
  }

  @Test
  void takesNoRoomForManyPixels() {
    ImageSize size = new ImageSize(Integer.MAX_VALUE, 1);
    Mask left = Mask.ofRuns(size, List.of(0, Integer.MAX_VALUE - 1, 1));
    Mask right = Mask.ofRuns(size, List.of(1, Integer.MAX_VALUE - 1));
    assertThat(Mask.of(left.toCocoRle())).isEqualTo(left);
    assertThat(Mask.of(right.toCocoRle())).isEqualTo(right);
    assertThat(left.unionArea(right)).isEqualTo(Integer.MAX_VALUE);
    assertThat(left.intersectionArea(right)).isEqualTo(Integer.MAX_VALUE - 2);
    assertThat(right.contains(0, 0)).isFalse();
    assertThat(right.contains(Integer.MAX_VALUE - 1, 0)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'', lack 6 pixels", // nothing
    "5, lack 1 pixels", // too few
    "7, run 0 of a mask of 3x2 has 7 pixels",
    "0421, run 3 of a mask of 3x2 has 5 pixels",
    "2O5, run 1 of a length of -1", // "O" is -1
    "222M, run 3 of a length of -1", // 2 - 3
    "22b, a number at character 2 that does not end",
    "22oooooooo0, a number at character 2 that does not end",
    "oooooo1, run 0 of a mask of 3x2 has 2147483647 pixels",
    "PPPPPP2, run 0 of a length of 2147483648",
    "22 2, a character at 2",
    "2p, a character at 1",
    "2\u0131, a character at 1",
  })
  void refusesDamagedText(String counts, String problem) {
    CocoRle coco = new CocoRle(List.of(2, 3), counts);
    assertThatThrownBy(() -> Mask.of(coco))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void refusesDamagedRuns() {
    ImageSize size = new ImageSize(3, 2);
    for (List<Integer> runs :
        List.of(
            List.<Integer>of(),
            List.of(5),
            List.of(7),
            List.of(3, -1, 4),
            List.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 8),
            List.of(Integer.MIN_VALUE, Integer.MIN_VALUE, 6))) {
      assertThatThrownBy(() -> Mask.ofRuns(size, runs))
          .as("%s", runs)
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("3x2");
    }
    ImageSize huge = new ImageSize(65_536, 65_536);
    assertThatThrownBy(() -> Mask.ofRuns(huge, List.of(0)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("4294967296 pixels");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void refusesSizesOfOtherThanTwoNumbers(int count) {
    assertThatThrownBy(() -> new CocoRle(Collections.nCopies(count, 4), "4"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("'size'");
    assertThatThrownBy(() -> new CocoRle(List.of(4, 0), "0"))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void refusesPolygonsThatAreNone() {
    ImageSize size = new ImageSize(20, 10);
    for (double[] polygon :
        List.of(
            new double[0],
            new double[] {1, 1, 5, 5},
            new double[] {1, 1, 5, 5, 3, 9, 2},
            new double[] {1, 1, 5, 5, 3, Double.NaN},
            new double[] {1, 1, 5, Double.NEGATIVE_INFINITY, 3, 2},
            new double[] {1, 1, 1e9, 5, 3, 2})) {
      List<double[]> polygons = List.of(new double[] {0, 0, 9, 0, 9, 9}, polygon);
      assertThatThrownBy(() -> Mask.ofPolygons(size, polygons))
          .as(Arrays.toString(polygon))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("polygon 1");
    }
    assertThat(Mask.ofPolygons(size, List.of()).area()).isZero();
  }

  /** Outlines of masks without holes are COCO's polygons, too. */
  @Test
  void outlinesAreFilledToTheSameMask() {
    int without = 0;
    for (int i = 0; i < SAMPLES.size(); i++) {
      Mask mask = Mask.of(SAMPLES.get(i));
      List<MaskRing> rings = mask.polygons();
      if (rings.stream().anyMatch(MaskRing::hole)) {
        continue;
      }
      without++;
      assertThat(Mask.ofPolygons(mask.size(), rings.stream().map(MaskTest::numbers).toList()))
          .as("seed %d, sample %d", SEED, i)
          .isEqualTo(mask);
    }
    assertThat(without).isGreaterThan(300);
  }

  private static double[] numbers(MaskRing ring) {
    return ring.corners().stream()
        .flatMapToDouble(corner -> DoubleStream.of(corner.x(), corner.y()))
        .toArray();
  }

  @Test
  void refusesPixelsThatAreNoRectangle() {
    assertThatThrownBy(() -> Mask.of(new boolean[0][]))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no pixels");
    assertThatThrownBy(() -> Mask.of(new boolean[2][0]))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no pixels");
    assertThatThrownBy(() -> Mask.of(new boolean[][] {{true}, {true, false}}))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("rows of 1 and of 2");
    ImageSize size = new ImageSize(2, 2);
    assertThatThrownBy(() -> Mask.ofLogits(size, new float[3]))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("3 logits");
    assertThatThrownBy(() -> Mask.ofLogits(size, new float[] {1, 2, 3, Float.NaN}))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("logit 3");
  }

  @Test
  void becomesAPicture() {
    for (int i = 0; i < SAMPLES.size(); i++) {
      boolean[][] rows = SAMPLES.get(i);
      BufferedImage plain = Mask.of(rows).toBufferedImage();
      BufferedImage film = Mask.of(rows).toBufferedImage(new Color(10, 20, 30, 40));
      for (int y = 0; y < rows.length; y++) {
        for (int x = 0; x < rows[0].length; x++) {
          String at = "sample " + i + ": " + x + "," + y;
          assertThat(plain.getRGB(x, y)).as(at).isEqualTo(rows[y][x] ? 0xffffffff : 0xff000000);
          assertThat(film.getRGB(x, y)).as(at).isEqualTo(rows[y][x] ? 0x280a141e : 0);
        }
      }
    }
  }

  @Test
  void isJsonOfCoco() throws JsonProcessingException {
    Mask mask = MaskSamples.drawn(".#", "##", "#.");
    ObjectMapper mapper = new ObjectMapper();
    assertThat(mapper.writeValueAsString(mask)).isEqualTo("{\"size\":[3,2],\"counts\":\"141\"}");
    Region region = Region.builder(new Box(0, 0, 9, 9)).mask(mask).build();
    JsonNode json = mapper.valueToTree(region.withPhrase("a dog").on(new ImageSize(2, 3)));
    assertThat(json.get("mask")).hasToString("{\"size\":[3,2],\"counts\":\"141\"}");
    CocoRle read = mapper.treeToValue(json.get("mask"), CocoRle.class);
    assertThat(Mask.of(read)).isEqualTo(mask);
  }
}
