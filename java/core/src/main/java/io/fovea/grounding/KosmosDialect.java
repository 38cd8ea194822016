package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Kosmos-2's dialect (arXiv:2306.14824): {@code <phrase> a snowman</phrase><object>
 * <patch_index_0044><patch_index_0863></object>}. A box is the cells of its upper left and lower
 * right corners on a grid of 32 by 32, counted row by row. The spelling of the paper, {@code
 * <p>...</p><box><loc44><loc863></box>}, is read as well.
 *
 * <p>Cells give the box between their centres; two that share a row or a column, all that they
 * cover. The cleaned text lacks everything in angle brackets, as in the published code; unlike
 * there, at most 256 chars of it and no second opening bracket, and blanks between tags do no harm.
 */
final class KosmosDialect extends RuleDialect {
  private static final int SIDE = 32; // cells
  private static final String PAIR = "(?:\\s*+<patch_index_\\d{1,9}+>){2}+";
  private static final String LOC_PAIR = "(?:\\s*+<loc_?+\\d{1,9}+>){2}+";

  KosmosDialect() {
    super(
        "kosmos-2",
        "<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object>"
            + " by<phrase> a fire</phrase><object><patch_index_0005><patch_index_0911></object>.",
        List.of(
            Rule.phrase("<phrase>", "</phrase>"),
            Rule.phrase("<p>", "</p>"),
            objects("<object>", PAIR, "</delimiter_of_multi_objects/>", "</object>"),
            objects("<box>", LOC_PAIR, "<delim>", "</box>"),
            new Rule(
                "<", "<[^<>\\n]{0,254}+>", 256, (reading, m) -> reading.cut(m.start(), m.end()))));
  }

  private static Rule objects(String open, String pair, String separator, String close) {
    String more = "(?:\\s*+" + separator + pair + ")*+";
    return new Rule(
        "<",
        open + pair + more + "\\s*+" + close,
        Rule.LONG,
        (reading, m) -> {
          Phrase phrase = reading.touching(m.start());
          double[] cells = Numbers.all(m.group());
          for (int i = 0; i < cells.length; i += 2) {
            reading.add(phrase, box((int) cells[i], (int) cells[i + 1]));
          }
          reading.cut(m.start(), m.end());
          reading.endItem(Phrase.none(m.end()), m.end()); // several boxes share an object
        });
  }

  /** The box of two cells, in any order; numbers past the grid mean its last cell. */
  static Geometry.Rectangle box(int first, int second) {
    int a = Math.min(first, SIDE * SIDE - 1);
    int b = Math.min(second, SIDE * SIDE - 1);
    double x0 = Math.min(a % SIDE, b % SIDE);
    double x1 = Math.max(a % SIDE, b % SIDE);
    double y0 = Math.min(a / SIDE, b / SIDE);
    double y1 = Math.max(a / SIDE, b / SIDE);
    boolean full = x0 == x1 || y0 == y1;
    double near = full ? 0 : 0.5;
    double far = full ? 1 : 0.5;
    return new Geometry.Rectangle(
        (x0 + near) / SIDE, (y0 + near) / SIDE, (x1 + far) / SIDE, (y1 + far) / SIDE);
  }

  /** The cell of the upper left corner: rounded down. */
  static int upperLeft(Geometry.Rectangle box) {
    return cell(Math.floor(SIDE * box.x0()), Math.floor(SIDE * box.y0()));
  }

  /** The cell of the lower right corner: a corner on an edge belongs to the cell before it. */
  static int lowerRight(Geometry.Rectangle box) {
    return cell(Math.ceil(SIDE * box.x1() - 1), Math.ceil(SIDE * box.y1() - 1));
  }

  private static int cell(double column, double row) {
    int x = (int) Math.max(0, Math.min(SIDE - 1, column));
    int y = (int) Math.max(0, Math.min(SIDE - 1, row));
    return y * SIDE + x;
  }

  @Override
  String spell(Mention mention, Frame frame) {
    List<String> pairs = new ArrayList<>();
    for (Geometry shape : mention.shapes()) {
      Geometry.Rectangle box = shape.bounds();
      pairs.add(
          String.format(
              Locale.ROOT,
              "<patch_index_%04d><patch_index_%04d>",
              upperLeft(box),
              lowerRight(box)));
    }
    return Tags.around("<phrase>", mention.phrase(), "</phrase>")
        + "<object>"
        + String.join("</delimiter_of_multi_objects/>", pairs)
        + "</object>";
  }
}
