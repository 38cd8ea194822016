package io.fovea.text;

import java.util.OptionalInt;

/**
 * A vocabulary and the rule that splits text into it. Implementations are immutable and safe for
 * use by several threads.
 *
 * <p>Methods that take an id throw {@link IndexOutOfBoundsException} for one outside {@code [0,
 * vocabularySize())}.
 */
public interface Tokenizer {
  /** U+2581, the character that stands for a space inside a SentencePiece piece. */
  String SPACE_MARK = "\u2581";

  /**
   * Token ids of {@code text}, taken as plain text: no begin or end token is added, and text that
   * looks like a special token ("{@code </s>}") is split like any other. A lone surrogate counts as
   * U+FFFD.
   *
   * @throws io.fovea.InvalidRequestException if the text is too long to be split in memory
   */
  int[] encode(String text);

  /** Text of {@code ids}: special tokens vanish, bytes that are not UTF-8 become U+FFFD. */
  default String decode(int... ids) {
    StreamingDetokenizer detokenizer = detokenizer();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.append(id));
    }
    return text.append(detokenizer.flush()).toString();
  }

  /** A new detokenizer for one token sequence; over a whole sequence it gives {@link #decode}. */
  StreamingDetokenizer detokenizer();

  /**
   * The UTF-8 bytes that a token adds in the middle of a text, maybe a part of a character: marks
   * for spaces are spaces already, a control token gives none. The array is the caller's.
   */
  byte[] bytes(int id);

  /** The token as the vocabulary spells it: {@link #SPACE_MARK} or "Ġ" for a space. */
  String piece(int id);

  /** Number of ids, special tokens included. */
  int vocabularySize();

  /** The token that begins every sequence. */
  int bos();

  /** The token that ends an answer. */
  int eos();

  /** The token that fills a slot without text, such as an image's. */
  int pad();

  /** The id of a piece, given as {@link #piece} spells it. */
  OptionalInt id(String piece);

  /** Whether the token is a control token or the unknown token, so never a part of plain text. */
  boolean isSpecial(int id);
}
