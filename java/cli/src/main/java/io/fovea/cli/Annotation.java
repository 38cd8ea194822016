package io.fovea.cli;

import io.fovea.grounding.BoxPainter;
import io.fovea.grounding.Region;
import io.fovea.image.ExifOrientation;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.ImageLimits;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;

/** Writes a copy of a picture with boxes and their phrases drawn on it. */
final class Annotation {
  private Annotation() {}

  /**
   * Writes a PNG.
   *
   * @throws io.fovea.ImageException when the picture cannot be read or the PNG not be written
   */
  static void write(Path picture, ExifOrientation orientation, List<Region> regions, Path png) {
    BufferedImage canvas =
        new ImageDecoder(ImageLimits.DEFAULT, orientation)
            .decode(ImageInput.of(picture))
            .toBufferedImage();
    List<Region> labelled = regions.stream().map(Annotation::withoutArticle).toList();
    BoxPainter.writePng(BoxPainter.paint(canvas, labelled), png);
  }

  /** Labels cover the picture: they have no room for an article. */
  private static Region withoutArticle(Region region) {
    return region.withPhrase(region.phrase().replaceFirst("^(?i:the|an?) +", ""));
  }
}
