package io.fovea.bench.load;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers and counts as tables show them. */
final class Text {
  private static final double KILO = 1e3;
  private static final double MEGA = 1e6;

  private Text() {}

  /** Three significant digits or all before the point: 0.0123, 1.23, 12.3, 1,234. */
  static String number(double value) {
    double size = Math.abs(value);
    if (Double.isNaN(value)) {
      return "-";
    }
    if (size >= 100 || value == 0) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    int decimals = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  static String millis(double millis) {
    return number(millis) + " ms";
  }

  /** In decimal units, as the table has them: 940 B, 12.3 KB, 562 MB. */
  static String bytes(double bytes) {
    double size = Math.abs(bytes);
    if (size >= MEGA) {
      return number(bytes / MEGA) + " MB";
    }
    return size >= KILO ? number(bytes / KILO) + " KB" : number(bytes) + " B";
  }

  /** "10 picture, 6 OutOfMemoryError". */
  static String counts(Map<String, ? extends Number> counts) {
    return counts.isEmpty()
        ? "none"
        : counts.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%,d %s", e.getValue().longValue(), e.getKey()))
            .collect(Collectors.joining(", "));
  }
}
