package io.fovea.cli;

import io.fovea.grounding.BoxPainter;
import io.fovea.grounding.PictureFormat;
import io.fovea.grounding.Region;
import io.fovea.image.RgbImage;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

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
    BoxPainter.write(paint(picture.toBufferedImage(), regions), copy);
  }

  /**
   * The copy as PNG.
   *
   * @param side where the picture's longer side has more pixels, the copy's has so many
   */
  static byte[] png(RgbImage picture, List<Region> regions, int side) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(paint(shrunk(picture.toBufferedImage(), side), regions), "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written but memory
    }
    return png.toByteArray();
  }

  private static BufferedImage shrunk(BufferedImage picture, int side) {
    double scale = (double) side / Math.max(picture.getWidth(), picture.getHeight());
    if (scale >= 1) {
      return picture;
    }
    int width = Math.max(1, (int) Math.round(picture.getWidth() * scale));
    int height = Math.max(1, (int) Math.round(picture.getHeight() * scale));
    BufferedImage copy = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = copy.createGraphics();
    g.drawImage(picture.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
    g.dispose();
    return copy;
  }

  private static BufferedImage paint(BufferedImage canvas, List<Region> regions) {
    List<Region> labelled = regions.stream().map(Annotation::withoutArticle).toList();
    return BoxPainter.paint(canvas, labelled);
  }

  /** Labels cover the picture: they have no room for an article. */
  private static Region withoutArticle(Region region) {
    return region.withPhrase(region.phrase().replaceFirst("^(?i:the|an?) +", ""));
  }
}
