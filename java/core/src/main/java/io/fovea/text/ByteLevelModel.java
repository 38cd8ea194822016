package io.fovea.text;

import io.fovea.text.PieceTable.Kind;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the file of a byte-level byte-pair vocabulary says, checked and complete.
 *
 * @param pieces all tokens by id, as the bytes they stand for
 * @param index finds a token of plain text by its bytes
 * @param byteIds [256], the token of each single byte
 * @param merges empty where any two tokens merge whose concatenation is a token of plain text, the
 *     one with the lowest id first
 * @param ignoreMerges whether a word that is a token is that token, merges or not
 * @param splitter cuts text into words
 * @param added ids of the added tokens, special ones included, by their text
 * @param finders find the added tokens in text, one kind after the other; none where no text is
 *     split into them
 * @param composed whether text is brought into Unicode's form C first
 */
@SuppressWarnings("ArrayRecordComponent") // models are not compared
record ByteLevelModel(
    PieceTable pieces,
    PieceIndex index,
    int[] byteIds,
    Optional<MergeTable> merges,
    boolean ignoreMerges,
    WordSplitter splitter,
    Map<String, Integer> added,
    List<AddedTokenFinder> finders,
    boolean composed) {
  int byteId(byte value) {
    return byteIds[value & 0xFF];
  }

  /**
   * Whether the token is a code for something that is not text: no text is split into it, and a
   * space parts it from what is before it.
   */
  boolean isCode(int id) {
    return finders.isEmpty() && pieces.kind(id) == Kind.USER_DEFINED;
  }

  /** The id of an added token that is known to be there. */
  int role(String text) {
    return Objects.requireNonNull(added.get(text), text);
  }
}
