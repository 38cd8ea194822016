package io.fovea.grounding;

import java.awt.Graphics2D;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Capital letters of 5 x 7 squares, for machines without fonts: a JRE cannot draw text where
 * fontconfig or every font file is missing, as on a fresh server.
 *
 * @param square side of a square in pixels
 */
record BlockLetters(int square) implements LabelFont {
  private static final int COLUMNS = 5;
  private static final int ROWS = 7;
  private static final int PITCH = COLUMNS + 1;

  private static final String CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-?#':/()!";

  /** Rows of glyphs, thirteen beside each other, in the order of {@link #CHARACTERS}. */
  private static final String[] ART =
      """
      .###. ####. .###. ####. ##### ##### .###. #...# .###. ..### #...# #.... #...#
      #...# #...# #...# #...# #.... #.... #...# #...# ..#.. ...#. #..#. #.... ##.##
      #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.#
      ##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ##... #.... #.#.#
      #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...#
      #...# #...# #...# #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...#
      #...# ####. .###. ####. ##### #.... .###. #...# .###. .##.. #...# ##### #...#
      #...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####
      ##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....#
      #.#.# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
      #.#.# #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
      #..## #...# #.... #.#.# #.#.. ....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#...
      #...# #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #....
      #...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####
      .###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###. ..... ..... .....
      #...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...# ..... ..... .....
      #..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...# ..... ..... .....
      #.#.# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .#### ..... ..... #####
      ##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# ..... ..... .....
      #...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ....# ..... ..##. .....
      .###. .###. ##### .###. ...#. .###. .###. .#... .###. .###. ..#.. ..#.. .....
      .###. .#.#. ..#.. ..... ....# ...#. .#... ..#..
      #...# .#.#. ..#.. ..#.. ....# ..#.. ..#.. ..#..
      ....# ##### ..... ..... ...#. ..#.. ..#.. ..#..
      ...#. .#.#. ..... ..... ..#.. ..#.. ..#.. ..#..
      ..#.. ##### ..... ..... .#... ..#.. ..#.. ..#..
      ..... .#.#. ..... ..#.. #.... ..#.. ..#.. .....
      ..#.. .#.#. ..... ..... #.... ...#. .#... ..#..
      """
          .lines()
          .toArray(String[]::new);

  private static final int GLYPHS_A_LINE = 13;

  /** The letters whose height comes closest to {@code pixels}, at least one pixel a square. */
  static BlockLetters ofHeight(int pixels) {
    return new BlockLetters(Math.max(1, Math.round(pixels * 0.7f / ROWS)));
  }

  @Override
  public int width(String text) {
    return Math.max(0, PITCH * text.length() - 1) * square;
  }

  @Override
  public int height() {
    return ROWS * square;
  }

  @Override
  public void draw(Graphics2D g, String text, int left, int top) {
    String capitals = unaccented(text);
    for (int i = 0; i < capitals.length(); i++) {
      drawGlyph(g, capitals.charAt(i), left + i * PITCH * square, top);
    }
  }

  /** Capitals of the same length; what has no glyph becomes a question mark. */
  private static String unaccented(String text) {
    char[] capitals = text.toCharArray();
    for (int i = 0; i < capitals.length; i++) {
      String plain = Normalizer.normalize(text.substring(i, i + 1), Normalizer.Form.NFD);
      char capital = plain.toUpperCase(Locale.ROOT).charAt(0);
      capitals[i] = capital == ' ' || CHARACTERS.indexOf(capital) >= 0 ? capital : '?';
    }
    return new String(capitals);
  }

  private void drawGlyph(Graphics2D g, char c, int left, int top) {
    int index = CHARACTERS.indexOf(c);
    for (int row = 0; row < ROWS && index >= 0; row++) {
      String line = ART[index / GLYPHS_A_LINE * ROWS + row];
      for (int column = 0; column < COLUMNS; column++) {
        if (line.charAt(index % GLYPHS_A_LINE * PITCH + column) == '#') {
          g.fillRect(left + column * square, top + row * square, square, square);
        }
      }
    }
  }
}
