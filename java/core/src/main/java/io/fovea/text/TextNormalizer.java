package io.fovea.text;

import java.nio.charset.StandardCharsets;

/**
 * Prepares UTF-8 text for splitting as SentencePiece does: replaces characters by the model's map,
 * then removes, adds and escapes spaces. User-defined symbols pass through unchanged.
 */
final class TextNormalizer {
  private static final byte[] SPACE_MARK = Tokenizer.SPACE_MARK.getBytes(StandardCharsets.UTF_8);
  private static final byte[] SPACE = {' '};

  private final SentencePieceModel model;
  private final SymbolMatcher symbols;
  private final byte[] escapedSpace;

  TextNormalizer(SentencePieceModel model, SymbolMatcher symbols) {
    this.model = model;
    this.symbols = symbols;
    escapedSpace = model.escapeWhitespaces() ? SPACE_MARK : SPACE;
  }

  byte[] normalize(byte[] text) {
    Run run = new Run(text);
    if (model.removeExtraWhitespaces()) {
      run.skipLeadingSpaces();
    }
    if (run.atEnd()) {
      return new byte[0];
    }
    if (model.addDummyPrefix()) {
      run.output.append(escapedSpace);
    }
    run.copy();
    if (model.removeExtraWhitespaces()) {
      while (run.output.endsWith(escapedSpace)) {
        run.output.removeLast(escapedSpace.length);
      }
    }
    return run.output.toArray();
  }

  /** One pass over one text: a window of the text and what it is to be replaced by. */
  private final class Run {
    final ByteAppender output;
    private final byte[] text;
    private int at;
    private int next;
    private byte[] source = SPACE; // the replacement of text[at, next) is source[from, to)
    private int from;
    private int to;

    Run(byte[] text) {
      this.text = text;
      output = new ByteAppender(text.length + text.length / 2 + SPACE_MARK.length);
    }

    boolean atEnd() {
      return at == text.length;
    }

    void skipLeadingSpaces() {
      while (!atEnd()) {
        look();
        if (to - from != 1 || source[from] != ' ') {
          return;
        }
        at = next;
      }
    }

    void copy() {
      boolean dropSpaces = model.removeExtraWhitespaces();
      for (; !atEnd(); at = next) {
        look();
        while (dropSpaces && from < to && source[from] == ' ') {
          from++;
        }
        if (from < to) {
          appendEscaped();
          dropSpaces = model.removeExtraWhitespaces() && source[to - 1] == ' ';
        }
      }
    }

    private void appendEscaped() {
      for (int i = from; i < to; i++) {
        if (source[i] == ' ') {
          output.append(escapedSpace);
        } else {
          output.append(source[i]);
        }
      }
    }

    /** Finds the extent of the next unit of text and its replacement. */
    private void look() {
      source = text;
      from = at;
      int symbol = symbols.longestAt(text, at, text.length);
      if (symbol == 0
          && model.characterMap().isPresent()
          && applyRule(model.characterMap().get())) {
        return;
      }
      int length = symbol > 0 ? symbol : Utf8.expectedLength(text[at]);
      next = Math.min(text.length, at + length);
      to = next;
    }

    private boolean applyRule(CharacterMap map) {
      long rule = map.longestRule(text, at, text.length);
      if (rule == 0) {
        return false;
      }
      next = at + (int) rule;
      source = map.replacements();
      from = (int) (rule >>> 32);
      to = map.replacementEnd(from);
      return true;
    }
  }
}
