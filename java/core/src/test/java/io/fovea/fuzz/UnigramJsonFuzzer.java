package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.text.SpecialTokens;
import io.fovea.text.UnigramTokenizer;
import java.nio.file.Path;
import java.util.List;

/** A {@code tokenizer.json} of a unigram vocabulary, and what is done with a text by it. */
public final class UnigramJsonFuzzer {
  private UnigramJsonFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    SpecialTokens special = new SpecialTokens(0, 2, 1);
    UnigramTokenizer tokenizer = UnigramTokenizer.parse(Path.of("tokenizer.json"), input, special);
    SentencePieceFuzzer.use(tokenizer);
    tokenizer.encode(SentencePieceFuzzer.TEXT + " <phrase>e\u0301\ufb01", id -> true);
  }

  static List<byte[]> sound() {
    return List.of(
        Resources.bytes("/goldens/text/unigram/tiny.json.gz"),
        Resources.bytes("/text/unigram.json"));
  }
}
