package io.fovea.image.vp8;

/**
 * Planes to RGB bytes as libwebp does it: chroma widened with weights 9, 3, 3, 1 in two roundings,
 * then BT.601 with 16-bit fixed factors.
 */
final class Colors {
  private Colors() {}

  /**
   * The picture.
   *
   * @return [height, width, 3]
   */
  static byte[] rgb(Plane y, Plane u, Plane v, int width, int height) {
    byte[] rgb = new byte[Math.toIntExact(3L * width * height)];
    int chromaRows = (height + 1) / 2;
    int[] us = new int[width];
    int[] vs = new int[width];
    for (int row = 0; row < height; row++) {
      int near = row / 2;
      int far = row % 2 == 0 ? Math.max(0, near - 1) : Math.min(chromaRows - 1, near + 1);
      widen(u, near, far, us);
      widen(v, near, far, vs);
      int at = 3 * row * width;
      for (int x = 0; x < width; x++, at += 3) {
        put(y.get(x, row), us[x], vs[x], rgb, at);
      }
    }
    return rgb;
  }

  /** One row of chroma samples for each pixel, from the two rows of the plane around it. */
  private static void widen(Plane plane, int near, int far, int[] to) {
    int last = to.length - 1;
    to[0] = (3 * plane.get(0, near) + plane.get(0, far) + 2) >> 2;
    for (int x = 1; x <= last; x++) {
      int i = x / 2; // its own sample; pixels of odd columns lean to the next
      if (x % 2 == 1) {
        if (x == last) {
          to[x] = (3 * plane.get(i, near) + plane.get(i, far) + 2) >> 2;
        } else {
          to[x] = between(plane, near, far, i, i + 1);
        }
      } else {
        to[x] = between(plane, near, far, i, i - 1);
      }
    }
  }

  private static int between(Plane plane, int near, int far, int own, int next) {
    int a = plane.get(own, near);
    int b = plane.get(next, near);
    int c = plane.get(own, far);
    int d = plane.get(next, far);
    int diagonal = (a + 3 * b + 3 * c + d + 8) >> 3;
    return (diagonal + a) >> 1;
  }

  private static void put(int y, int u, int v, byte[] rgb, int at) {
    int luma = times(y, 19077);
    rgb[at] = clip(luma + times(v, 26149) - 14234);
    rgb[at + 1] = clip(luma - times(u, 6419) - times(v, 13320) + 8708);
    rgb[at + 2] = clip(luma + times(u, 33050) - 17685);
  }

  private static int times(int sample, int factor) {
    return sample * factor >> 8;
  }

  /** Six bits of fraction are dropped. */
  private static byte clip(int value) {
    return Plane.clamp(value >> 6);
  }
}
