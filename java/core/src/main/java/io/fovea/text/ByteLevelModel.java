package io.fovea.text;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a {@code tokenizer.json} of a byte-level byte-pair vocabulary says, checked and complete.
 *
 * @param pieces all tokens by id, as the bytes they stand for
 * @param index finds a token of plain text by its bytes
 * @param byteIds [256], the token of each single byte
 * @param ignoreMerges whether a word that is a token is that token, merges or not
 * @param splitter cuts text into words
 * @param added ids of the added tokens, special ones included, by their text
 * @param addedText find the added tokens that plain text may contain, one kind after the other
 */
@SuppressWarnings("ArrayRecordComponent") // models are not compared
record ByteLevelModel(
    PieceTable pieces,
    PieceIndex index,
    int[] byteIds,
    MergeTable merges,
    boolean ignoreMerges,
    WordSplitter splitter,
    Map<String, Integer> added,
    List<Pattern> addedText) {
  int byteId(byte value) {
    return byteIds[value & 0xFF];
  }
}
