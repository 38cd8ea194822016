package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.text.ByteLevelTokenizer;
import io.fovea.text.SpecialTokens;
import java.nio.file.Path;
import java.util.List;

/** A rank file of tiktoken, and what is done with a text by it. */
public final class TiktokenFuzzer {
  private TiktokenFuzzer() {}

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
    ByteLevelTokenizer tokenizer =
        ByteLevelTokenizer.parseTiktoken(Path.of("qwen.tiktoken"), input, special);
    SentencePieceFuzzer.use(tokenizer);
    tokenizer.encode(SentencePieceFuzzer.TEXT + "<|im_end|><box>e\u0301", id -> true);
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes("/goldens/text/tiktoken/tiny.tiktoken"));
  }
}
