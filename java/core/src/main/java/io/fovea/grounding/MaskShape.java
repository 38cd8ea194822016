package io.fovea.grounding;

import io.fovea.ImageSize;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.util.List;

/** A mask on a picture, which may have been resized since the mask was made. */
final class MaskShape {
  private static final int OPACITY = 110; // of 255: what is below must stay to be seen

  private MaskShape() {}

  /** Lays the colour over what the mask covers. */
  static void fill(Graphics2D g, Mask mask, Color color, ImageSize picture) {
    Color film = new Color(color.getRed(), color.getGreen(), color.getBlue(), OPACITY);
    g.drawImage(mask.toBufferedImage(film), 0, 0, picture.width(), picture.height(), null);
  }

  /** All outlines and the borders of all holes. */
  static Shape outline(Mask mask, ImageSize picture) {
    double across = (double) picture.width() / mask.size().width();
    double down = (double) picture.height() / mask.size().height();
    Path2D.Double path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    for (MaskRing ring : mask.polygons()) {
      List<MaskRing.Corner> corners = ring.corners();
      path.moveTo(corners.get(0).x() * across, corners.get(0).y() * down);
      for (MaskRing.Corner corner : corners.subList(1, corners.size())) {
        path.lineTo(corner.x() * across, corner.y() * down);
      }
      path.closePath();
    }
    return path;
  }
}
