package io.fovea.text;

import io.fovea.text.PieceTable.Kind;

/**
 * The pieces that a unigram model (arXiv:1804.10959) splits text into, with the logarithms of their
 * probabilities.
 *
 * @param tree the pieces by their bytes, to their ids
 * @param scores by id
 * @param unknownScore of a character that is no piece
 * @param single whether sums are kept as 32-bit floats, as the SentencePiece library does; else as
 *     64-bit ones, as the Hugging Face tokenizers library does
 */
@SuppressWarnings("ArrayRecordComponent") // models are not compared
record UnigramPieces(PrefixTree tree, double[] scores, double unknownScore, boolean single) {
  /** How much less likely than the least likely piece a character is that is no piece. */
  static final double UNKNOWN_PENALTY = 10;

  /** The pieces of a SentencePiece model, scored as its library does. */
  static UnigramPieces of(PieceTable table) {
    float lowest = Float.MAX_VALUE;
    float highest = Float.MIN_NORMAL; // not the lowest number: so the library has it
    for (int id = 0; id < table.size(); id++) {
      if (table.kind(id) == Kind.NORMAL) {
        lowest = Math.min(lowest, table.score(id));
        highest = Math.max(highest, table.score(id));
      }
    }
    PrefixTree tree = new PrefixTree();
    double[] scores = new double[table.size()];
    for (int id = 0; id < scores.length; id++) {
      Kind kind = table.kind(id);
      boolean defined = kind == Kind.USER_DEFINED;
      scores[id] = defined ? table.length(id) * highest - 0.1f : table.score(id);
      if (defined || kind == Kind.NORMAL) { // unused ones are never chosen
        tree.put(table.bytes(), table.start(id), table.end(id), id);
      }
    }
    return new UnigramPieces(tree, scores, lowest - (float) UNKNOWN_PENALTY, true);
  }

  /** A sum of scores, as precise as such sums are kept. */
  double round(double sum) {
    return single ? (float) sum : sum;
  }
}
