package io.fovea.tools.synthetic;

import io.fovea.tools.layout.ModelSizes;
import java.util.List;

/** Ids of the tokens with a role, placed as in the published vocabularies. */
record SpecialIds(int bos, List<Integer> eos, int pad) {
  /** Llama 3's number of special tokens, and that of a small vocabulary. */
  private static final int LLAMA3_SPECIAL = 256;

  private static final int FEW_SPECIAL = 16;
  private static final int LARGE_VOCABULARY = 1 << 14;

  static SpecialIds of(ModelSizes sizes) {
    if (!sizes.family().secondGeneration()) {
      return new SpecialIds(1, List.of(2), 0);
    }
    int first = firstSpecial(sizes);
    return new SpecialIds(first, List.of(first + 1, first + 9), first + 2);
  }

  /** In CogVLM2 all special tokens follow the ordinary ones. */
  static int firstSpecial(ModelSizes sizes) {
    long special = sizes.vocabulary() >= LARGE_VOCABULARY ? LLAMA3_SPECIAL : FEW_SPECIAL;
    return Math.toIntExact(sizes.vocabulary() - special);
  }
}
