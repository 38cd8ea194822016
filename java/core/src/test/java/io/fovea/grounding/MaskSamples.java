package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Masks of all kinds, as rows of pixels. */
final class MaskSamples {
  private MaskSamples() {}

  /** What a pixel is. */
  @FunctionalInterface
  private interface Pixels {
    boolean covered(int x, int y);
  }

  /** Empty, full, one pixel, stripes, a chessboard, noise, blobs, a frame; of many sizes. */
  static List<boolean[][]> all(long seed) {
    Random random = new Random(seed);
    List<boolean[][]> all = new ArrayList<>();
    int[][] sizes = {{1, 1}, {1, 11}, {11, 1}, {2, 2}, {7, 5}, {40, 33}, {4097, 3}, {3, 1030}};
    for (int[] size : sizes) {
      all.addAll(of(size[0], size[1], random));
    }
    for (int i = 0; i < 60; i++) {
      all.addAll(of(1 + random.nextInt(20), 1 + random.nextInt(20), random));
    }
    return all;
  }

  private static List<boolean[][]> of(int width, int height, Random random) {
    int pixelX = random.nextInt(width);
    int pixelY = random.nextInt(height);
    double density = random.nextDouble();
    double[] circles = random.doubles(9).toArray();
    return List.of(
        rows(width, height, (x, y) -> false),
        rows(width, height, (x, y) -> true),
        rows(width, height, (x, y) -> x == pixelX && y == pixelY),
        rows(width, height, (x, y) -> x % 2 == 0),
        rows(width, height, (x, y) -> y % 3 > 0),
        rows(width, height, (x, y) -> (x + y) % 2 == 1),
        rows(width, height, (x, y) -> random.nextDouble() < density),
        rows(width, height, (x, y) -> x == 0 || y == 0 || x == width - 1 || y == height - 1),
        rows(
            width,
            height,
            (x, y) -> {
              boolean covered = false;
              for (int i = 0; i < circles.length; i += 3) {
                double across = x - circles[i] * width;
                double down = y - circles[i + 1] * height;
                covered ^= Math.hypot(across, down) < circles[i + 2] * height;
              }
              return covered;
            }));
  }

  private static boolean[][] rows(int width, int height, Pixels pixels) {
    boolean[][] rows = new boolean[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rows[y][x] = pixels.covered(x, y);
      }
    }
    return rows;
  }

  static ImageSize size(boolean[][] rows) {
    return new ImageSize(rows[0].length, rows.length);
  }

  /** From pictures of it: "#" is covered. */
  static Mask drawn(String... rows) {
    boolean[][] pixels = new boolean[rows.length][];
    for (int y = 0; y < rows.length; y++) {
      pixels[y] = new boolean[rows[y].length()];
      for (int x = 0; x < rows[y].length(); x++) {
        pixels[y][x] = rows[y].charAt(x) == '#';
      }
    }
    return Mask.of(pixels);
  }
}
