package io.fovea.text;

import java.util.function.IntConsumer;

/**
 * Splits one word by byte-pair encoding with ranked merges: two neighbouring tokens merge if the
 * vocabulary lists the pair, the one listed first going first; or, where it lists none, if their
 * concatenation is a token, the one with the lowest id first.
 *
 * <p>One instance serves one word.
 */
final class WordEncoder implements SymbolChain.Rule {
  private final ByteLevelModel model;
  private final byte[] word;
  private final SymbolChain chain;
  private final int[] ids; // by symbol

  private WordEncoder(ByteLevelModel model, byte[] word) {
    this.model = model;
    this.word = word;
    chain = new SymbolChain(word.length);
    ids = new int[word.length];
  }

  /**
   * Hands over the token ids of a word in order.
   *
   * @param word UTF-8, not empty
   */
  static void encode(ByteLevelModel model, byte[] word, IntConsumer ids) {
    int whole = model.ignoreMerges() ? model.index().find(word, 0, word.length) : PieceIndex.ABSENT;
    if (whole == PieceIndex.ABSENT) {
      new WordEncoder(model, word).merge(ids);
    } else {
      ids.accept(whole);
    }
  }

  private void merge(IntConsumer output) {
    for (int i = 0; i < word.length; i++) {
      chain.add(i, 1);
      ids[i] = model.byteId(word[i]);
    }
    chain.mergeAll(this);
    for (int symbol = chain.first(); symbol != SymbolChain.NONE; symbol = chain.next(symbol)) {
      output.accept(ids[symbol]);
    }
  }

  /** Negated ranks; floats are exact for all that a file may have. */
  @Override
  public float score(int left, int right) {
    if (model.merges().isEmpty()) {
      int joined = joined(left, right);
      return joined == PieceIndex.ABSENT ? Float.NaN : -joined;
    }
    MergeTable merges = model.merges().get();
    int merge = merges.find(ids[left], ids[right]);
    return merge == MergeTable.ABSENT ? Float.NaN : -merges.rank(merge);
  }

  /**
   * As the Hugging Face library has it, a merge that was due may also be made by two other tokens
   * that give the same one, if they are a listed pair too.
   */
  @Override
  public boolean merge(int left, int right) {
    if (model.merges().isEmpty()) {
      ids[left] = joined(left, right);
      return true;
    }
    MergeTable merges = model.merges().get();
    int merge = merges.find(ids[left], ids[right]);
    if (merge != MergeTable.ABSENT) {
      ids[left] = merges.product(merge);
    }
    return merge != MergeTable.ABSENT;
  }

  /** The token that two neighbours make, if there is one. */
  private int joined(int left, int right) {
    return model.index().find(word, chain.start(left), chain.end(right));
  }
}
