package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.text.ByteLevelTokenizer;
import io.fovea.text.SpecialTokens;
import java.nio.file.Path;
import java.util.List;

/** A {@code tokenizer.json}, and what a tokenizer read from it does with a text. */
public final class TokenizerJsonFuzzer {
  private TokenizerJsonFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    SpecialTokens special = new SpecialTokens(0, 1, 2);
    SentencePieceFuzzer.use(ByteLevelTokenizer.parse(Path.of("tokenizer.json"), input, special));
  }

  static List<byte[]> sound() {
    return List.of(
        Resources.bytes("/goldens/text/bpe/tiny.json"), Resources.bytes("/text/gpt2.json.gz"));
  }
}
