package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.engine.EncodedImage;
import io.fovea.grounding.Region;
import io.fovea.image.PictureNote;
import io.fovea.server.wire.FoundRegion;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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

  /** Regions as JSON; null where there is no picture that they could be on. */
  static @Nullable List<FoundRegion> found(List<Region> regions, @Nullable ImageSize size) {
    return size == null ? null : FoundRegion.of(regions, size);
  }

  /** One line for people: phrase, box, pixels, confidence. */
  static String line(FoundRegion found, int phraseWidth) {
    List<Integer> box = found.box();
    List<Double> pixels = found.pixels();
    String line =
        String.format(
            Locale.ROOT,
            "%-"
                + Math.max(1, phraseWidth)
                + "s  [[%03d,%03d,%03d,%03d]]  px %5.0f %5.0f %5.0f %5.0f",
            found.phrase(),
            box.get(0),
            box.get(1),
            box.get(2),
            box.get(3),
            pixels.get(0),
            pixels.get(1),
            pixels.get(2),
            pixels.get(3));
    if (found.confidence() != null) {
      line += String.format(Locale.ROOT, "  confidence %.2f", found.confidence());
    }
    return found.calibratedConfidence() == null
        ? line
        : line + String.format(Locale.ROOT, ", calibrated %.3f", found.calibratedConfidence());
  }

  /** Columns that the longest phrase needs. */
  static int phraseWidth(List<FoundRegion> found) {
    return found.stream().mapToInt(each -> each.phrase().length()).max().orElse(0);
  }

  /** {@code value} rounded to 1 / {@code unit}. */
  static double rounded(double value, double unit) {
    return Math.round(value * unit) / unit;
  }
}
