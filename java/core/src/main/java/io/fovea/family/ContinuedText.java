package io.fovea.family;

import io.fovea.text.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Text that goes on behind a token, without the blank that SentencePiece puts before any text. */
final class ContinuedText {
  private static final String UNKNOWN = "<unk>";

  private ContinuedText() {}

  /**
   * The pieces of {@code text} with the first one's leading blank taken off, as LLaMA's tokenizer
   * of transformers does with {@code legacy} false: a blank alone vanishes, and what is left of a
   * piece is unknown where it is none itself.
   */
  static int[] encode(Tokenizer tokenizer, String text) {
    int[] ids = tokenizer.encode(text);
    if (ids.length == 0 || !tokenizer.piece(ids[0]).startsWith(Tokenizer.SPACE_MARK)) {
      return ids;
    }
    String rest = tokenizer.piece(ids[0]).substring(Tokenizer.SPACE_MARK.length());
    int[] others = Arrays.copyOfRange(ids, 1, ids.length);
    if (rest.isEmpty()) {
      return others;
    }
    int first = tokenizer.id(rest).orElseGet(() -> tokenizer.id(UNKNOWN).orElse(0));
    return IntStream.concat(IntStream.of(first), Arrays.stream(others)).toArray();
  }
}
