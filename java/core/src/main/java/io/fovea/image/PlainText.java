package io.fovea.image;

import org.jspecify.annotations.Nullable;

/**
 * Text that comes from a picture's file or from a decoder, made fit for a message: a file may hold
 * line ends, escape sequences that a terminal obeys, or megabytes.
 */
final class PlainText {
  private static final int MOST_CHARACTERS = 80;

  private PlainText() {}

  /** The printable characters among the first 80; "unknown" where there are none. */
  static String of(@Nullable String text) {
    StringBuilder plain = new StringBuilder();
    String begin = text == null ? "" : text.substring(0, Math.min(MOST_CHARACTERS, text.length()));
    begin.chars().filter(PlainText::isPrintable).forEach(c -> plain.append((char) c));
    return plain.toString().isBlank() ? "unknown" : plain.toString().strip();
  }

  /**
   * Neither a control nor a mark that turns the direction of what follows, nor half a character.
   */
  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
