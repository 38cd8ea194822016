package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.text.SentencePieceTokenizer;
import io.fovea.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/** A {@code tokenizer.model}, and what a tokenizer read from it does with a text. */
public final class SentencePieceFuzzer {
  static final String TEXT = "Where is the  red circle? 你好 [[012,345,678,999]]\n</s>";

  private SentencePieceFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    use(SentencePieceTokenizer.parse(Path.of("tokenizer.model"), input));
  }

  static void use(Tokenizer tokenizer) {
    tokenizer.decode(tokenizer.encode(TEXT));
    for (int id = 0; id < Math.min(300, tokenizer.vocabularySize()); id++) {
      tokenizer.decode(id);
    }
  }

  static List<byte[]> sound() {
    return List.of(
        Resources.bytes("/text/llama.model"),
        Resources.bytes("/text/bare.model"),
        Resources.bytes("/text/unused.model"),
        Resources.bytes("/text/unigram_bytes.model"));
  }
}
