package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Timings;
import io.fovea.engine.Usage;
import io.fovea.grounding.Box;
import io.fovea.grounding.EdgeSpread;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Region;
import io.fovea.image.PictureNote;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The parts that several commands' JSON results share; docs/CLI.md describes each. */
final class Facts {
  private Facts() {}

  /**
   * A picture: its file, width and height in pixels.
   *
   * @param notes what its file holds and the model did not see; absent where that is nothing
   */
  record Picture(String file, int width, int height, @Nullable List<Note> notes) {
    static Picture of(Path file, EncodedImage image) {
      List<Note> notes = image.notes().stream().map(Note::of).toList();
      return new Picture(
          file.toString(),
          image.size().width(),
          image.size().height(),
          notes.isEmpty() ? null : notes);
    }
  }

  /** Something that was lost: its kind in lower case, and a line for people. */
  record Note(String kind, String text) {
    static Note of(PictureNote note) {
      return new Note(note.kind().name().toLowerCase(Locale.ROOT), note.text());
    }
  }

  /**
   * A box with its phrase.
   *
   * @param box x0, y0, x1, y1 in thousandths of the picture's sides
   * @param pixels left, top, right, bottom, rounded to a tenth of a pixel
   * @param confidence 0..1; absent where the box was read from free text
   * @param calibratedConfidence 0..1; absent where the model has no calibration
   * @param spread of x0, y0, x1, y1, rounded to a hundredth of a thousandth; absent as confidence
   */
  record Found(
      String phrase,
      List<Integer> box,
      List<Double> pixels,
      @Nullable Double confidence,
      @Nullable Double calibratedConfidence,
      @Nullable List<Double> spread) {
    static Found of(Region region, ImageSize size) {
      return new Found(
          region.phrase(),
          numbers(region.box()),
          numbers(region.toPixels(size)),
          rounded(region.confidence()),
          rounded(region.calibratedConfidence()),
          numbers(region.spread()));
    }

    private static @Nullable Double rounded(@Nullable Double share) {
      return share == null ? null : Facts.rounded(share, 1e4);
    }

    /** Null where there is no picture that they could be on. */
    static @Nullable List<Found> ofNullable(List<Region> regions, @Nullable ImageSize size) {
      return size == null ? null : of(regions, size);
    }

    static List<Found> of(List<Region> regions, ImageSize size) {
      return regions.stream().map(region -> of(region, size)).toList();
    }

    /** One line for people: phrase, box, pixels, confidence. */
    String line(int phraseWidth) {
      String line =
          String.format(
              Locale.ROOT,
              "%-"
                  + Math.max(1, phraseWidth)
                  + "s  [[%03d,%03d,%03d,%03d]]  px %5.0f %5.0f %5.0f %5.0f",
              phrase,
              box.get(0),
              box.get(1),
              box.get(2),
              box.get(3),
              pixels.get(0),
              pixels.get(1),
              pixels.get(2),
              pixels.get(3));
      if (confidence != null) {
        line += String.format(Locale.ROOT, "  confidence %.2f", confidence);
      }
      return calibratedConfidence == null
          ? line
          : line + String.format(Locale.ROOT, ", calibrated %.3f", calibratedConfidence);
    }

    /** Columns that the longest phrase needs. */
    static int phraseWidth(List<Found> found) {
      return found.stream().mapToInt(f -> f.phrase().length()).max().orElse(0);
    }
  }

  /** Tokens of one request. */
  record Tokens(int prompt, int image, int cached, int completion, int forced) {
    static Tokens of(Usage usage) {
      return new Tokens(
          usage.promptTokens(),
          usage.imageTokens(),
          usage.cachedTokens(),
          usage.completionTokens(),
          usage.forcedTokens());
    }
  }

  /** Time of one request in milliseconds. */
  record Milliseconds(
      double queued, double imageEncode, double prefill, double decode, double firstToken) {
    static Milliseconds of(Timings timings) {
      return new Milliseconds(
          millis(timings.queued()),
          millis(timings.imageEncode()),
          millis(timings.prefill()),
          millis(timings.decode()),
          millis(timings.timeToFirstToken()));
    }
  }

  static List<Integer> numbers(Box box) {
    return List.of(box.x0(), box.y0(), box.x1(), box.y1());
  }

  static @Nullable List<Double> numbers(@Nullable EdgeSpread spread) {
    return spread == null
        ? null
        : Stream.of(spread.x0(), spread.y0(), spread.x1(), spread.y1())
            .map(edge -> rounded(edge, 100))
            .toList();
  }

  static List<Double> numbers(PixelBox box) {
    return List.of(
        rounded(box.left(), 10),
        rounded(box.top(), 10),
        rounded(box.right(), 10),
        rounded(box.bottom(), 10));
  }

  /** Milliseconds with microseconds as decimals. */
  static double millis(Duration duration) {
    return duration.toNanos() / 1000 / 1000.0;
  }

  /** {@code value} rounded to 1 / {@code unit}. */
  static double rounded(double value, double unit) {
    return Math.round(value * unit) / unit;
  }
}
