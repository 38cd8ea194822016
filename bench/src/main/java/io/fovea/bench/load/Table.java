package io.fovea.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Rows of text under a heading, each column as wide as its widest cell. */
final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... heading) {
    rows.add(List.of(heading));
  }

  /**
   * Adds a row.
   *
   * @param cells as many as the heading has
   */
  Table row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.length + " cells under " + rows.get(0).size() + " headings");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** A scenario's rows: what was measured beside what is wanted. */
  static Table of(Report report) {
    Table table = new Table("", "measured", "wanted", "met");
    for (Report.Row row : report.rows()) {
      String met = row.met() == null ? "" : row.met() ? "yes" : "no";
      table.row(row.what(), row.measured(), row.wanted(), met);
    }
    return table;
  }

  /** The raw values of a set of durations, one line each. */
  static Table of(Map<String, Samples> samples) {
    Table table = new Table("", "n", "p50", "p90", "p99", "p99.9 ms");
    samples.forEach(
        (name, each) ->
            table.row(
                name,
                Integer.toString(each.count()),
                Text.number(each.percentile(50)),
                Text.number(each.percentile(90)),
                Text.number(each.percentile(99)),
                Text.number(each.percentile(99.9))));
    return table;
  }

  /** The table, a line break after each row and no space before it. */
  @Override
  public String toString() {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String cell = row.get(i);
        line.append(cell).append(" ".repeat(widths[i] - cell.length())).append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
