package io.fovea.text;

import java.util.ArrayList;
import java.util.List;

/** Unicode's White_Space property, and what is done with such characters. */
public final class WhiteSpace {
  private WhiteSpace() {}

  /** Whether a char is white space; all such characters are in the basic plane. */
  static boolean is(char c) {
    return Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || c == 0x85;
  }

  /** The text without white space at the ends. */
  public static String strip(String text, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && is(text.charAt(from))) {
      from++;
    }
    while (right && from < to && is(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** What lies between white space, in order; no part is empty. */
  static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || is(text.charAt(i))) {
        if (start < i) {
          parts.add(text.substring(start, i));
        }
        start = i + 1;
      }
    }
    return parts;
  }
}
