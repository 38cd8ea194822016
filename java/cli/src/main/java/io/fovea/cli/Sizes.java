package io.fovea.cli;

import java.util.Locale;

/** Counts and sizes as people read them. */
final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  /** Such as "3.42 GiB"; whole bytes below a KiB. */
  static String bytes(long bytes) {
    double size = bytes;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.2f %s", size, UNITS[unit]);
  }

  /** With separated thousands, such as "17,639,687,424". */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
