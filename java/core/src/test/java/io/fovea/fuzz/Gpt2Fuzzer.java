package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.text.ByteLevelTokenizer;
import io.fovea.text.ExtraToken;
import io.fovea.text.SpecialTokens;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@code vocab.json} beside sound merges, or a {@code merges.txt} beside a sound vocabulary, and
 * what is done with a text by them: an input with a brace in front is the former.
 */
public final class Gpt2Fuzzer {
  private static final String FOLDER = "/goldens/traces/ofa/layouts/bin/";
  private static final byte[] VOCABULARY = Resources.bytes(FOLDER + "vocab.json");
  private static final byte[] MERGES = Resources.bytes(FOLDER + "merges.txt");

  private Gpt2Fuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    boolean vocabulary = input.length > 0 && input[0] == '{';
    SpecialTokens special = new SpecialTokens(0, 2, 1);
    List<ExtraToken> extra = List.of(new ExtraToken(440, "<bin_0>", false));
    SentencePieceFuzzer.use(
        ByteLevelTokenizer.parseGpt2(
            Path.of("vocab.json"),
            vocabulary ? input : VOCABULARY,
            vocabulary ? MERGES : input,
            special,
            extra));
  }

  static List<byte[]> sound() {
    return List.of(VOCABULARY, MERGES);
  }
}
