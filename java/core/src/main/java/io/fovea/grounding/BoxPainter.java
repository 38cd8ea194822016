package io.fovea.grounding;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Draws regions on a picture: boxes, masks, and labels that stay inside it. Lines and letters grow
 * with the picture; the same phrase has the same colour. Needs no display, and no fonts: where the
 * JRE has none, labels are in plain block capitals.
 */
public final class BoxPainter {
  private static final Color[] COLORS = {
    new Color(0xe6194b), new Color(0x1f77d0), new Color(0x2ca02c), new Color(0xffb000),
    new Color(0x8e44ad), new Color(0x00b8c4), new Color(0xf06fb4), new Color(0x9c5a1a),
  };

  private static final double GOLDEN_RATIO = 0.618034; // spreads hues beyond the table

  private BoxPainter() {}

  /** A copy of the picture with these regions drawn on it. */
  public static BufferedImage paint(BufferedImage picture, List<Region> regions) {
    int side = Math.min(picture.getWidth(), picture.getHeight());
    int letters = Math.max(9, Math.min(48, side / 24));
    return paint(picture, regions, LabelFont.ofHeight(letters));
  }

  static BufferedImage paint(BufferedImage picture, List<Region> regions, LabelFont font) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    BufferedImage painted = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = painted.createGraphics();
    try {
      g.drawImage(picture, 0, 0, null);
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      List<Color> colors = colors(regions);
      float line = Math.max(1, Math.min(6, Math.min(width, height) / 160f));
      drawMasks(g, regions, colors, line, new ImageSize(width, height));
      for (int i = 0; i < regions.size(); i++) {
        drawLine(g, bounds(regions.get(i), width, height), line, colors.get(i));
      }
      drawLabels(g, regions, colors, new LabelLayout(width, height, font), font, width, height);
    } finally {
      g.dispose();
    }
    return painted;
  }

  /** All areas before any outline, so that no area covers a line. */
  private static void drawMasks(
      Graphics2D g, List<Region> regions, List<Color> colors, float line, ImageSize size) {
    for (int i = 0; i < regions.size(); i++) {
      Mask mask = regions.get(i).mask();
      if (mask != null) {
        MaskShape.fill(g, mask, colors.get(i), size);
      }
    }
    for (int i = 0; i < regions.size(); i++) {
      Mask mask = regions.get(i).mask();
      if (mask != null) {
        drawLine(g, MaskShape.outline(mask, size), line, colors.get(i));
      }
    }
  }

  /** Labels after all boxes, so that no line crosses a letter. */
  private static void drawLabels(
      Graphics2D g,
      List<Region> regions,
      List<Color> colors,
      LabelLayout layout,
      LabelFont font,
      int width,
      int height) {
    for (int i = 0; i < regions.size(); i++) {
      Region region = regions.get(i);
      Color color = colors.get(i);
      layout
          .place(text(region, i + 1), bounds(region, width, height))
          .ifPresent(label -> drawLabel(g, label, color, layout.padding(), font));
    }
  }

  private static void drawLabel(
      Graphics2D g, LabelLayout.Label label, Color color, int padding, LabelFont font) {
    Rectangle at = label.bounds();
    g.setColor(color);
    g.fillRect(at.x, at.y, at.width, at.height);
    g.setColor(luminance(color) > 0.5 ? Color.BLACK : Color.WHITE);
    font.draw(g, label.text(), at.x + padding, at.y + padding);
  }

  /** A dark rim below the line keeps it visible on any background. */
  private static void drawLine(Graphics2D g, Shape shape, float line, Color color) {
    g.setColor(new Color(0, 0, 0, 110));
    g.setStroke(new BasicStroke(line + 2));
    g.draw(shape);
    g.setColor(color);
    g.setStroke(new BasicStroke(line));
    g.draw(shape);
  }

  /** The box in whole pixels, inside the picture even when it has no area. */
  private static Rectangle bounds(Region region, int width, int height) {
    PixelBox box = region.box().toPixels(new ImageSize(width, height));
    int left = Math.min((int) Math.round(box.left()), width - 1);
    int top = Math.min((int) Math.round(box.top()), height - 1);
    int right = Math.min((int) Math.round(box.right()), width - 1);
    int bottom = Math.min((int) Math.round(box.bottom()), height - 1);
    return new Rectangle(left, top, right - left, bottom - top);
  }

  /** The phrase, or a number where there is none, and the confidence where it is known. */
  private static String text(Region region, int number) {
    String name = region.phrase().isEmpty() ? "#" + number : region.phrase();
    Double confidence = region.confidence();
    return confidence == null ? name : String.format(Locale.ROOT, "%s %.2f", name, confidence);
  }

  /** One colour for each region, by its phrase. */
  private static List<Color> colors(List<Region> regions) {
    List<String> phrases = regions.stream().map(Region::phrase).distinct().toList();
    return regions.stream().map(region -> color(phrases.indexOf(region.phrase()))).toList();
  }

  private static Color color(int index) {
    float hue = (float) (index * GOLDEN_RATIO % 1);
    return index < COLORS.length ? COLORS[index] : Color.getHSBColor(hue, 0.75f, 0.85f);
  }

  /** Relative luminance 0..1 of a colour, with gamma left out: enough to choose black or white. */
  private static double luminance(Color color) {
    return (0.299 * color.getRed() + 0.587 * color.getGreen() + 0.114 * color.getBlue()) / 255;
  }

  /**
   * Writes a PNG whole or not at all: first beside the file, then moved into place.
   *
   * @throws ImageException when the folder is missing or not writable
   */
  public static void writePng(BufferedImage picture, Path file) {
    write(picture, file, PictureFormat.PNG);
  }

  /**
   * As {@link #writePng}, in the format that the file's name asks for.
   *
   * @throws io.fovea.InvalidRequestException when that is none of {@link PictureFormat}
   */
  public static void write(BufferedImage picture, Path file) {
    write(picture, file, PictureFormat.of(file));
  }

  private static void write(BufferedImage picture, Path file, PictureFormat format) {
    Path target = file.toAbsolutePath();
    try {
      // Not createTempFile: the picture should have the rights of any other new file.
      Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
      try {
        try (OutputStream out = Files.newOutputStream(part)) {
          format.write(picture, out);
        }
        move(part, target);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new ImageException(
          file.toString(),
          "cannot be written (" + e + ")",
          "give a file in an existing, writable folder",
          e);
    }
  }

  private static void move(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
