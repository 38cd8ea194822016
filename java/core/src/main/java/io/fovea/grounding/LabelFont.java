package io.fovea.grounding;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** Letters of one size. */
interface LabelFont {
  /** Width of a line in pixels. */
  int width(String text);

  /** Height of a line in pixels. */
  int height();

  /** Draws a line in the colour of {@code g}; {@code left} and {@code top} are its corner. */
  void draw(Graphics2D g, String text, int left, int top);

  /**
   * The JRE's sans-serif font, or {@link BlockLetters} where it has no fonts.
   *
   * @param pixels height of the letters, ascenders and descenders
   */
  static LabelFont ofHeight(int pixels) {
    Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      return new Outline(g.getFontMetrics(new Font(Font.SANS_SERIF, Font.BOLD, pixels)));
    } catch (RuntimeException | LinkageError | InternalError withoutFonts) {
      return BlockLetters.ofHeight(pixels);
    } finally {
      g.dispose();
    }
  }

  /** A font of the JRE. */
  record Outline(FontMetrics metrics) implements LabelFont {
    @Override
    public int width(String text) {
      return metrics.stringWidth(text);
    }

    @Override
    public int height() {
      return metrics.getAscent() + metrics.getDescent();
    }

    @Override
    public void draw(Graphics2D g, String text, int left, int top) {
      g.setFont(metrics.getFont());
      g.drawString(text, left, top + metrics.getAscent());
    }
  }
}
