package io.fovea.image;

/**
 * JPEG components to RGB in the integer arithmetic of libjpeg and Pillow, so that a picture gets
 * the same bytes as in training. JFIF 1.02: R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr, B =
 * Y + 1.772 Cb, in 16-bit fixed point.
 */
final class JpegColors {
  private static final int HALF = 1 << 15;
  private static final int CR_TO_R = fixed(1.402);
  private static final int CB_TO_G = fixed(0.34414);
  private static final int CR_TO_G = fixed(0.71414);
  private static final int CB_TO_B = fixed(1.772);

  private JpegColors() {}

  /**
   * RGB bytes of components that lie pixel by pixel.
   *
   * @param samples [pixels, components]; may be changed or returned
   */
  static byte[] toRgb(byte[] samples, JpegHeader.Color color) {
    return switch (color) {
      case RGB -> samples;
      case GREY -> replicate(samples);
      case YCBCR -> ycbcrToRgb(samples, 3);
      case YCCK -> inkToRgb(ycbcrToRgb(samples, 4), false);
      case CMYK -> inkToRgb(samples, true);
    };
  }

  private static byte[] replicate(byte[] grey) {
    byte[] rgb = new byte[Math.multiplyExact(grey.length, 3)];
    for (int i = 0, at = 0; i < grey.length; i++) {
      rgb[at++] = grey[i];
      rgb[at++] = grey[i];
      rgb[at++] = grey[i];
    }
    return rgb;
  }

  /** In place, the first three of every {@code components} bytes. */
  private static byte[] ycbcrToRgb(byte[] samples, int components) {
    for (int at = 0; at < samples.length; at += components) {
      int y = samples[at] & 0xff;
      int cb = (samples[at + 1] & 0xff) - 128;
      int cr = (samples[at + 2] & 0xff) - 128;
      samples[at] = clamp(y + ((CR_TO_R * cr + HALF) >> 16));
      samples[at + 1] = clamp(y + ((-CB_TO_G * cb - CR_TO_G * cr + HALF) >> 16));
      samples[at + 2] = clamp(y + ((CB_TO_B * cb + HALF) >> 16));
    }
    return samples;
  }

  /**
   * Ink to light as Pillow does it: R = (255 - K) - C (255 - K) / 255, rounded. JPEG files store
   * ink inverted, Adobe's custom that Pillow takes for granted. YCCK files store 255 - C = R as a
   * colour already.
   *
   * @param samples [pixels, 4]; inverted ink, or, when {@code inverted} is false, ink and inverted
   *     K
   */
  static byte[] inkToRgb(byte[] samples, boolean inverted) {
    byte[] rgb = new byte[samples.length / 4 * 3];
    for (int from = 0, to = 0; from < samples.length; from += 4) {
      int light = samples[from + 3] & 0xff;
      for (int c = 0; c < 3; c++) {
        int sample = samples[from + c] & 0xff;
        int ink = inverted ? 255 - sample : sample;
        int product = ink * light + 128;
        rgb[to++] = clamp(light - (((product >> 8) + product) >> 8));
      }
    }
    return rgb;
  }

  private static int fixed(double factor) {
    return (int) (factor * 65536 + 0.5);
  }

  private static byte clamp(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
