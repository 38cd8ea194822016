package io.fovea.cli;

import io.fovea.engine.EngineBuilder;
import io.fovea.image.ExifOrientation;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageLimits;
import io.fovea.image.PictureNote;
import io.fovea.image.SixteenBit;
import io.fovea.image.Transparency;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How picture files become pixels: of every command that reads one. */
final class DecoderFlags {
  /** Room in a file for each pixel: 16 bits of red, green, blue and alpha. */
  private static final long BYTES_PER_PIXEL = 8;

  @Option(
      names = "--apply-exif",
      description =
          "Turn pictures upright as their EXIF data say. Default: as stored; TIFF always upright.")
  private boolean applyExif;

  @Option(
      names = "--transparency",
      paramLabel = "WAY",
      description =
          "What shows where a picture is transparent: drop (the colour stored under it, as in the"
              + " reference), white, black or checker. Default: drop.")
  private Transparency transparency = Transparency.DROP;

  @Option(
      names = "--sixteen-bit",
      paramLabel = "WAY",
      description =
          "Grey of 16 bits: reference (cut off at 255) or scale (the whole range). Default:"
              + " reference.")
  private SixteenBit sixteenBit = SixteenBit.REFERENCE;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description =
          "Most pixels of a picture. Decoding takes 3 to 12 bytes of Java heap for each. Default:"
              + " 64000000.")
  private @Nullable Long maxPixels;

  /** The decoder that the engine uses, too. */
  ImageDecoder decoder() {
    ExifOrientation orientation = applyExif ? ExifOrientation.APPLY : ExifOrientation.IGNORE;
    return new ImageDecoder(limits(), orientation, transparency, sixteenBit);
  }

  private ImageLimits limits() {
    ImageLimits usual = ImageLimits.DEFAULT;
    if (maxPixels == null) {
      return usual;
    }
    if (maxPixels < 1 || maxPixels > ImageLimits.MOST_PIXELS) {
      throw new CommandFailure(
          "--max-pixels is " + maxPixels, "give 1 to " + ImageLimits.MOST_PIXELS);
    }
    return new ImageLimits(maxPixels, Math.max(usual.maxBytes(), BYTES_PER_PIXEL * maxPixels));
  }

  /** Sets the engine's options. */
  void set(EngineBuilder builder) {
    ImageDecoder decoder = decoder();
    builder
        .imageLimits(decoder.limits())
        .exifOrientation(decoder.orientation())
        .transparency(decoder.transparency())
        .sixteenBit(decoder.sixteenBit());
  }

  /** Says on standard error what the model does not see of a picture. */
  static void report(Terminal terminal, Path picture, List<PictureNote> notes) {
    notes.forEach(note -> terminal.err().println("fovea: " + picture + ": " + note.text()));
  }
}
