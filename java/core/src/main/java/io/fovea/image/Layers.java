package io.fovea.image;

import io.fovea.ImageSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture as its file stores it, before the options that change pixels.
 *
 * @param rgb [height, width, 3]
 * @param alpha [height, width], 0 transparent to 255 opaque; null where all is opaque
 * @param orientation EXIF's 1..8
 * @param notes what was lost so far
 */
@SuppressWarnings("ArrayRecordComponent") // the samples themselves
record Layers(
    ImageSize size, byte[] rgb, byte @Nullable [] alpha, int orientation, List<PictureNote> notes) {

  static Layers opaque(ImageSize size, byte[] rgb) {
    return new Layers(size, rgb, null, ExifTag.UPRIGHT, List.of());
  }

  Layers withAlpha(byte @Nullable [] other) {
    return new Layers(size, rgb, other, orientation, notes);
  }

  Layers withOrientation(int tag) {
    return new Layers(size, rgb, alpha, tag, notes);
  }

  Layers with(PictureNote note) {
    List<PictureNote> all = new ArrayList<>(notes);
    all.add(note);
    return new Layers(size, rgb, alpha, orientation, List.copyOf(all));
  }

  /**
   * This picture as a part of a larger one.
   *
   * @param left column of its first pixel, {@code top} its row; it does not reach past the screen
   * @param fill 0xAARRGGBB of the pixels around it
   */
  Layers on(ImageSize screen, int left, int top, int fill) {
    int pixels = Math.toIntExact(screen.pixels());
    byte[] around = new byte[Math.multiplyExact(3, pixels)];
    for (int at = 0; at < around.length; at += 3) {
      around[at] = (byte) (fill >> 16);
      around[at + 1] = (byte) (fill >> 8);
      around[at + 2] = (byte) fill;
    }
    byte[] opacity = new byte[pixels];
    Arrays.fill(opacity, (byte) (fill >>> 24));
    int columns = size.width();
    for (int y = 0; y < size.height(); y++) {
      int to = (top + y) * screen.width() + left;
      System.arraycopy(rgb, 3 * y * columns, around, 3 * to, 3 * columns);
      if (alpha == null) {
        Arrays.fill(opacity, to, to + columns, (byte) 255);
      } else {
        System.arraycopy(alpha, y * columns, opacity, to, columns);
      }
    }
    return new Layers(screen, around, opacity, orientation, notes);
  }

  /** Notes that there is more than the first of {@code kind}, such as "frames". */
  Layers firstOf(int count, String kind) {
    return count < 2
        ? this
        : with(
            new PictureNote(
                PictureNote.Kind.FIRST_OF_SEVERAL,
                "the first of its " + count + " " + kind + " was taken"));
  }

  /**
   * Notes a colour profile, unless it is none or sRGB.
   *
   * @param profile what the file calls it
   */
  Layers profiled(@Nullable String profile) {
    return profile == null || profile.contains("sRGB")
        ? this
        : with(
            new PictureNote(
                PictureNote.Kind.PROFILE_IGNORED,
                "its colour profile \""
                    + PlainText.of(profile)
                    + "\" was ignored, as in the reference;"
                    + " convert it to sRGB where colours matter"));
  }

  /** The picture by the options. */
  RgbImage finish(ExifOrientation turn, Transparency transparency) {
    Layers seen = transparency == Transparency.DROP ? withoutAlpha() : over(transparency);
    seen = seen.withAlpha(null);
    if (turn == ExifOrientation.APPLY) {
      return seen.upright().image();
    }
    return (orientation == ExifTag.UPRIGHT ? seen : seen.with(notTurned())).image();
  }

  private RgbImage image() {
    return new RgbImage(size, rgb, notes);
  }

  /** The picture turned as its orientation says; that of the result is upright. */
  Layers upright() {
    byte[] turned = Orientation.upright(rgb, size, orientation, 3);
    byte[] opacity = alpha == null ? null : Orientation.upright(alpha, size, orientation, 1);
    ImageSize sides = Orientation.upright(size, orientation);
    return new Layers(sides, turned, opacity, ExifTag.UPRIGHT, notes);
  }

  private PictureNote notTurned() {
    return new PictureNote(
        PictureNote.Kind.ORIENTATION_IGNORED,
        "its EXIF orientation "
            + orientation
            + " was ignored, as in the reference; ExifOrientation.APPLY, --apply-exif on the command"
            + " line, turns it upright");
  }

  private Layers withoutAlpha() {
    long transparent = 0;
    for (int i = 0; alpha != null && i < alpha.length; i++) {
      transparent += alpha[i] == -1 ? 0 : 1;
    }
    if (transparent == 0) {
      return this;
    }
    long percent = Math.max(1, 100 * transparent / size.pixels());
    return with(
        new PictureNote(
            PictureNote.Kind.TRANSPARENCY_DROPPED,
            "its transparency was dropped, as in the reference: "
                + percent
                + " % of its pixels are transparent; Transparency.WHITE, --transparency white on the"
                + " command line, lays it over white"));
  }

  private Layers over(Transparency background) {
    if (alpha == null) {
      return this;
    }
    for (int y = 0, pixel = 0; y < size.height(); y++) {
      for (int x = 0; x < size.width(); x++, pixel++) {
        int opacity = alpha[pixel] & 0xff;
        int rest = background.behind(x, y) * (255 - opacity) + 127;
        for (int at = 3 * pixel; at < 3 * pixel + 3; at++) {
          rgb[at] = (byte) (((rgb[at] & 0xff) * opacity + rest) / 255);
        }
      }
    }
    return this;
  }
}
