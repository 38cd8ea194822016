package io.fovea.micrometer;

import java.util.Locale;

/** How constants are written in tags. */
final class TagValues {
  private TagValues() {}

  /** In lower case. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
