package io.fovea.text;

import java.util.Optional;

/**
 * What a {@code tokenizer.model} file says, checked and complete.
 *
 * @param pieces the vocabulary by id
 * @param index finds a piece of any kind by its bytes
 * @param unigram the pieces with their scores, for a unigram model; empty for a byte-pair model
 * @param byteFallback spells characters outside the vocabulary; empty if the unknown token does
 * @param unknownSurface what the unknown token reads as in decoded text
 * @param characterMap the normalisation rules; empty for the identity
 * @param addDummyPrefix whether a space is put before every text
 * @param removeExtraWhitespaces whether spaces at the ends go and inner runs become one
 * @param escapeWhitespaces whether spaces become U+2581
 */
record SentencePieceModel(
    PieceTable pieces,
    PieceIndex index,
    Optional<UnigramPieces> unigram,
    SpecialIds special,
    Optional<BytePieces> byteFallback,
    String unknownSurface,
    Optional<CharacterMap> characterMap,
    boolean addDummyPrefix,
    boolean removeExtraWhitespaces,
    boolean escapeWhitespaces) {
  static final String REMEDY = "use the tokenizer.model published with the model";

  /** The id that plain text {@code bytes[from, to)} may have, or {@link PieceIndex#ABSENT}. */
  int textId(byte[] bytes, int from, int to) {
    int id = index.find(bytes, from, to);
    return id != PieceIndex.ABSENT && pieces.kind(id).isText() ? id : PieceIndex.ABSENT;
  }

  /** Ids of the tokens with a role; {@code pad} is the unknown token where no pad is defined. */
  record SpecialIds(int unknown, int bos, int eos, int pad) {}
}
