package io.fovea.bench.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a scenario found. Filled by one thread. */
final class Report {
  /**
   * One line of the table.
   *
   * @param wanted what is aimed at; empty where a row only tells
   * @param met whether it was reached; null where that is not decided by a number
   */
  record Row(String what, String measured, String wanted, @Nullable Boolean met) {}

  private final List<Row> rows = new ArrayList<>();
  private final Map<String, Object> raw = new LinkedHashMap<>();
  private final Map<String, Samples> samples = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  /** A row with a bound that was reached or not. */
  void row(String what, String measured, String wanted, boolean met) {
    rows.add(new Row(what, measured, wanted, met));
  }

  /** A row with no bound, or with one that no number decides. */
  void tell(String what, String measured, String wanted) {
    rows.add(new Row(what, measured, wanted, null));
  }

  /** A row whose value must be at most {@code most}, in {@code unit}. */
  void atMost(String what, double value, double most, String unit) {
    row(what, Text.number(value) + unit, "<= " + Text.number(most) + unit, value <= most);
  }

  /** A row whose value must be at least {@code least}, in {@code unit}. */
  void atLeast(String what, double value, double least, String unit) {
    row(what, Text.number(value) + unit, ">= " + Text.number(least) + unit, value >= least);
  }

  /** A value for the raw result: a number, a text, or maps and lists of them. */
  void raw(String name, Object value) {
    raw.put(name, value);
  }

  /** Durations, for the table of percentiles and the raw result. */
  void samples(String name, Samples durations) {
    samples.put(name, durations);
    raw.put(name, durations.raw());
  }

  /** Something that must never be, such as a wrong answer; the program ends with exit code 1. */
  void fail(String failure) {
    failures.add(failure);
  }

  List<Row> rows() {
    return rows;
  }

  Map<String, Samples> samples() {
    return samples;
  }

  List<String> failures() {
    return failures;
  }

  /** All of it, for JSON. */
  Map<String, Object> json() {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", row.what());
      line.put("measured", row.measured());
      line.put("wanted", row.wanted());
      line.put("met", row.met());
      lines.add(line);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("rows", lines);
    json.put("raw", raw);
    json.put("failures", failures);
    return json;
  }
}
