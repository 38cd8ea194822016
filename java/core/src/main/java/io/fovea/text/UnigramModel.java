package io.fovea.text;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What a {@code tokenizer.json} with a unigram vocabulary says, checked and complete.
 *
 * @param table all tokens by id
 * @param ids of all tokens, by their text
 * @param pieces those that plain text is split into; none has a role
 * @param unknown the token for characters that are no piece
 * @param raw finds added tokens in text as it is
 * @param normalizer applied to the text between them
 * @param normalized finds added tokens in normalised text
 */
record UnigramModel(
    PieceTable table,
    Map<String, Integer> ids,
    UnigramPieces pieces,
    int unknown,
    AddedTokenFinder raw,
    List<UnaryOperator<String>> normalizer,
    AddedTokenFinder normalized,
    Words words) {
  /**
   * How text is cut into words, each of which is split by itself.
   *
   * @param atWhiteSpace whether white space separates words and is dropped
   * @param markFirst whether every piece of text gets a mark for a space before it, and the first
   *     token loses it in decoded text
   * @param atMarks whether a word begins at each mark
   */
  record Words(boolean atWhiteSpace, boolean markFirst, boolean atMarks) {}

  /** A text as all steps of the normaliser leave it. */
  String normalize(String text) {
    String result = text;
    for (UnaryOperator<String> step : normalizer) {
      result = step.apply(result);
    }
    return result;
  }
}
