package io.fovea.cli;

import io.fovea.grounding.BoxPainter;
import io.fovea.grounding.PictureFormat;
import io.fovea.grounding.Region;
import io.fovea.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes a copy of a picture with boxes and their phrases drawn on it. */
final class Annotation {
  private Annotation() {}

  /**
   * Finds before any work is done what speaks against writing the copy.
   *
   * @throws io.fovea.InvalidRequestException where its name asks for a format that is not written
   * @throws CommandFailure where it would replace the picture, or its folder is not there or
   *     read-only
   */
  static void check(Path picture, Path copy) {
    PictureFormat.of(copy);
    OutputFile.check(copy);
    try {
      if (Files.exists(picture) && Files.exists(copy) && Files.isSameFile(picture, copy)) {
        throw new CommandFailure(copy + " is the picture itself", "write to another file");
      }
    } catch (IOException e) {
      throw new CommandFailure(copy + " cannot be read: " + e.getMessage(), "name another file", e);
    }
  }

  /**
   * Writes the copy, in the format that its name asks for.
   *
   * @param picture as the model saw it; its file may be a pipe, which cannot be read again
   * @throws io.fovea.ImageException when the copy cannot be written
   */
  static void write(RgbImage picture, List<Region> regions, Path copy) {
    BufferedImage canvas = picture.toBufferedImage();
    List<Region> labelled = regions.stream().map(Annotation::withoutArticle).toList();
    BoxPainter.write(BoxPainter.paint(canvas, labelled), copy);
  }

  /** Labels cover the picture: they have no room for an article. */
  private static Region withoutArticle(Region region) {
    return region.withPhrase(region.phrase().replaceFirst("^(?i:the|an?) +", ""));
  }
}
