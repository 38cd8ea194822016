package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.grounding.MaskRing.Corner;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskRingTest {
  private static final long SEED = 43;

  /** Upright sides toggle what is to the right of them: the even-odd rule at pixels' middles. */
  private static boolean[][] filled(List<MaskRing> rings, int width, int height) {
    boolean[][] sides = new boolean[height][width + 1];
    for (MaskRing ring : rings) {
      forEachSide(
          ring,
          (from, to) -> {
            for (int y = Math.min(from.y(), to.y()); y < Math.max(from.y(), to.y()); y++) {
              sides[y][from.x()] ^= true;
            }
          });
    }
    boolean[][] rows = new boolean[height][width];
    for (int y = 0; y < height; y++) {
      boolean inside = false;
      for (int x = 0; x < width; x++) {
        inside ^= sides[y][x];
        rows[y][x] = inside;
      }
    }
    return rows;
  }

  @FunctionalInterface
  private interface SideVisitor {
    void visit(Corner from, Corner to);
  }

  private static void forEachSide(MaskRing ring, SideVisitor visitor) {
    Corner last = ring.corners().get(ring.corners().size() - 1);
    for (Corner corner : ring.corners()) {
      visitor.visit(last, corner);
      last = corner;
    }
  }

  @Test
  void fillingRingsGivesTheMask() {
    List<boolean[][]> samples = MaskSamples.all(SEED);
    for (int i = 0; i < samples.size(); i++) {
      boolean[][] rows = samples.get(i);
      List<MaskRing> rings = Mask.of(rows).polygons();
      assertThat(filled(rings, rows[0].length, rows.length))
          .as("seed %d, sample %d", SEED, i)
          .isDeepEqualTo(rows);
    }
  }

  /** Each unit of a side has a covered pixel to the right of the way, and none to the left. */
  @Test
  void sidesAreBorders() {
    List<boolean[][]> samples = MaskSamples.all(SEED);
    for (int i = 0; i < samples.size(); i++) {
      Mask mask = Mask.of(samples.get(i));
      for (MaskRing ring : mask.polygons()) {
        assertThat(ring.corners()).hasSizeGreaterThanOrEqualTo(4);
        String name = "seed " + SEED + ", sample " + i + ", " + ring;
        forEachSide(ring, (from, to) -> assertBorder(mask, from, to, name));
        assertTurns(ring, name);
      }
    }
  }

  private static void assertBorder(Mask mask, Corner from, Corner to, String name) {
    int across = Integer.signum(to.x() - from.x());
    int down = Integer.signum(to.y() - from.y());
    assertThat(Math.abs(across) + Math.abs(down)).as(name).isEqualTo(1);
    double x = from.x() + across * 0.5; // the middle of a unit of the side
    double y = from.y() + down * 0.5;
    for (int n = Math.abs(to.x() - from.x() + to.y() - from.y()); n > 0; n--) {
      assertThat(at(mask, x - down * 0.5, y + across * 0.5)).as(name).isTrue();
      assertThat(at(mask, x + down * 0.5, y - across * 0.5)).as(name).isFalse();
      x += across;
      y += down;
    }
  }

  private static boolean at(Mask mask, double x, double y) {
    return mask.contains((int) Math.floor(x), (int) Math.floor(y));
  }

  private static void assertTurns(MaskRing ring, String name) {
    boolean[] level = {false};
    boolean[] first = {true};
    forEachSide(
        ring,
        (from, to) -> {
          boolean now = from.y() == to.y();
          assertThat(first[0] || now != level[0]).as(name).isTrue();
          level[0] = now;
          first[0] = false;
        });
  }

  @Test
  void aPixelAndAHole() {
    assertThat(MaskSamples.drawn("...", ".#.").polygons())
        .containsExactly(
            new MaskRing(
                List.of(new Corner(2, 1), new Corner(2, 2), new Corner(1, 2), new Corner(1, 1)),
                false));
    assertThat(MaskSamples.drawn("####", "#..#", "####").polygons())
        .containsExactly(
            new MaskRing(
                List.of(new Corner(4, 0), new Corner(4, 3), new Corner(0, 3), new Corner(0, 0)),
                false),
            new MaskRing(
                List.of(new Corner(3, 2), new Corner(3, 1), new Corner(1, 1), new Corner(1, 2)),
                true));
  }

  @Test
  void whatTouchesInCornersIsApart() {
    assertThat(MaskSamples.drawn("#.", ".#").polygons())
        .extracting(MaskRing::hole)
        .containsExactly(false, false);
    // Two holes that touch in a corner are one.
    assertThat(MaskSamples.drawn("####", "#.##", "##.#", "####").polygons())
        .extracting(MaskRing::hole)
        .containsExactly(false, true);
    // What such a corner opens is no hole.
    assertThat(MaskSamples.drawn("###", "#.#", "##.").polygons())
        .extracting(MaskRing::hole)
        .containsExactly(false);
    assertThat(MaskSamples.drawn("...").polygons()).isEmpty();
  }
}
