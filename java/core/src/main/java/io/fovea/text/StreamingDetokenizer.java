package io.fovea.text;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Turns tokens into text as they are generated. Each call gives the text that has become certain; a
 * character whose bytes are spread over several tokens appears with the last of them, so no call
 * ever splits a character or a surrogate pair. All results joined are {@link Tokenizer#decode} of
 * all ids.
 *
 * <p>One instance serves one sequence and one thread.
 */
public final class StreamingDetokenizer {
  /** What becomes of the space mark that a sequence of tokens begins with. */
  enum LeadingSpace {
    /** It is text. */
    KEEP,
    /** The first one is the dummy prefix that encoding added; it goes. */
    DROP_ONE,
    /** One goes from each token for as long as there is no text. */
    DROP_WHILE_EMPTY,
    /** All go from the first token that is not special, wherever in it they are. */
    DROP_IN_FIRST
  }

  /** How bytes that are not UTF-8 are read. */
  enum Malformed {
    /** Each as U+FFFD; a special token ends a character. As SentencePiece does. */
    EACH_BYTE,
    /**
     * Each longest beginning of a character as U+FFFD (Unicode, section 3.9); special tokens are
     * taken out first. As the Hugging Face tokenizers library does.
     */
    EACH_SUBPART
  }

  private static final int MAX_CHARACTER_BYTES = 4;

  private final Tokenizer tokenizer;
  private final LeadingSpace leadingSpace;
  private final Malformed malformed;
  private final IntPredicate apart;
  private boolean open; // whether the text so far ends with anything but white space
  private boolean atStart = true;
  private byte[] pending = new byte[0]; // the beginning of a character, at most 3 bytes

  StreamingDetokenizer(Tokenizer tokenizer, LeadingSpace leadingSpace, Malformed malformed) {
    this(tokenizer, leadingSpace, malformed, id -> false);
  }

  /**
   * @param apart tokens that end a character, and that a space parts from text before them
   */
  StreamingDetokenizer(
      Tokenizer tokenizer, LeadingSpace leadingSpace, Malformed malformed, IntPredicate apart) {
    this.tokenizer = tokenizer;
    this.leadingSpace = leadingSpace;
    this.malformed = malformed;
    this.apart = apart;
  }

  /**
   * Takes the next token.
   *
   * @return the text that is now complete; often empty, never part of a character
   * @throws IndexOutOfBoundsException if the id is not in the vocabulary
   */
  public String append(int id) {
    boolean special = tokenizer.isSpecial(id);
    byte[] bytes = special ? tokenizer.bytes(id) : bytes(id);
    int from = !special && dropsLeadingSpace(id) ? 1 : 0;
    StringBuilder text = new StringBuilder(bytes.length + MAX_CHARACTER_BYTES);
    if (special && malformed == Malformed.EACH_BYTE) {
      text.append(flush());
    }
    if (apart.test(id)) {
      text.append(flush());
      text.append(open ? " " : "");
    }
    ByteAppender waiting = new ByteAppender(pending.length + bytes.length);
    waiting.append(pending);
    waiting.append(bytes, from, bytes.length);
    pending = decode(waiting.toArray(), text);
    atStart &= text.isEmpty() && pending.length == 0;
    return noted(text.toString());
  }

  /** Ends the sequence: what stands for a character that never became complete. */
  public String flush() {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < pending.length; at += malformedBytes(pending, at)) {
      text.appendCodePoint(Utf8.REPLACEMENT);
    }
    pending = new byte[0];
    return noted(text.toString());
  }

  private String noted(String text) {
    if (!text.isEmpty()) {
      open = !WhiteSpace.is(text.charAt(text.length() - 1));
    }
    return text;
  }

  private byte[] bytes(int id) {
    if (!atStart || leadingSpace != LeadingSpace.DROP_IN_FIRST) {
      return tokenizer.bytes(id);
    }
    atStart = false;
    return Utf8.encode(tokenizer.piece(id).replace(Tokenizer.SPACE_MARK, ""));
  }

  private boolean dropsLeadingSpace(int id) {
    boolean drops =
        atStart
            && leadingSpace != LeadingSpace.KEEP
            && tokenizer.piece(id).startsWith(Tokenizer.SPACE_MARK);
    if (drops && leadingSpace == LeadingSpace.DROP_ONE) {
      atStart = false;
    }
    return drops;
  }

  /** Appends the complete characters of {@code bytes} to the text; returns what is left over. */
  private byte[] decode(byte[] bytes, StringBuilder text) {
    int at = 0;
    while (at < bytes.length) {
      int codePoint = Utf8.codePoint(bytes, at, bytes.length);
      if (codePoint != Utf8.MALFORMED) {
        text.appendCodePoint(codePoint);
        at += Utf8.expectedLength(bytes[at]);
      } else if (mayContinue(bytes, at)) {
        break;
      } else {
        text.appendCodePoint(Utf8.REPLACEMENT);
        at += malformedBytes(bytes, at);
      }
    }
    return Arrays.copyOfRange(bytes, at, bytes.length);
  }

  /** How many bytes from {@code at} on one U+FFFD stands for. */
  private int malformedBytes(byte[] bytes, int at) {
    return malformed == Malformed.EACH_BYTE ? 1 : Utf8.subpartLength(bytes, at, bytes.length);
  }

  /** Whether everything from {@code at} on is the beginning of one character. */
  private static boolean mayContinue(byte[] bytes, int at) {
    if (bytes.length - at >= Utf8.expectedLength(bytes[at])) {
      return false;
    }
    for (int i = at + 1; i < bytes.length; i++) {
      if (!Utf8.isTrail(bytes[i])) {
        return false;
      }
    }
    return true;
  }
}
