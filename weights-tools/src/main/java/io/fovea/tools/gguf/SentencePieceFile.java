package io.fovea.tools.gguf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a {@code tokenizer.model} (SentencePiece's sentencepiece_model.proto) that GGUF has
 * a place for.
 *
 * @param pieces by id
 * @param characterMap normalisation rules, in SentencePiece's own format; empty for none
 * @param dummyPrefix whether a space is put before every text
 * @param trimSpaces whether spaces at the ends go and inner runs become one
 * @param ids of the special tokens; -1 for none
 */
public record SentencePieceFile(
    List<Piece> pieces, Bytes characterMap, boolean dummyPrefix, boolean trimSpaces, Ids ids) {
  /** Found by merging. */
  public static final int NORMAL = 1;

  /** For text without pieces. */
  public static final int UNKNOWN = 2;

  /** With a role, never in text. */
  public static final int CONTROL = 3;

  /** Never given out. */
  public static final int UNUSED = 5;

  /** One byte, where text has no pieces. */
  public static final int BYTE = 6;

  private static final int BYTE_PAIR_MODEL = 2;

  /**
   * A piece of the vocabulary.
   *
   * @param type by SentencePiece's numbers, which are GGUF's too
   */
  public record Piece(String text, float score, int type) {}

  /** Ids of the tokens with a role. */
  public record Ids(int unknown, int bos, int eos, int pad) {}

  /** Bytes compared by content. */
  public record Bytes(ByteBuffer content) {
    /** None at all. */
    public static final Bytes NONE = new Bytes(ByteBuffer.allocate(0));
  }

  /**
   * Reads a file that {@link io.fovea.text.SentencePieceTokenizer} has accepted.
   *
   * @param ids as the tokenizer found them
   */
  static SentencePieceFile parse(byte[] file, Ids ids) {
    List<Piece> pieces = new ArrayList<>();
    ProtobufFields normalizer = ProtobufFields.of(ByteBuffer.allocate(0));
    for (ProtobufFields.Field field : ProtobufFields.of(ByteBuffer.wrap(file)).fields()) {
      if (field.number() == 1) {
        pieces.add(piece(ProtobufFields.of(field.bytes())));
      } else if (field.number() == 3) {
        normalizer = ProtobufFields.of(field.bytes());
      }
    }
    return new SentencePieceFile(
        List.copyOf(pieces),
        new Bytes(normalizer.bytes(2)),
        normalizer.integer(3, 1) != 0,
        normalizer.integer(4, 1) != 0,
        ids);
  }

  private static Piece piece(ProtobufFields fields) {
    return new Piece(
        StandardCharsets.UTF_8.decode(fields.bytes(1)).toString(),
        Float.intBitsToFloat((int) fields.integer(2, 0)),
        (int) fields.integer(3, NORMAL));
  }

  /** The file. */
  public byte[] toBytes() {
    ProtobufOutput model = new ProtobufOutput();
    for (Piece piece : pieces) {
      ProtobufOutput message = new ProtobufOutput();
      message.text(1, piece.text()).float32(2, piece.score());
      if (piece.type() != NORMAL) {
        message.integer(3, piece.type());
      }
      model.message(1, message);
    }
    return model.message(2, trainer()).message(3, normalizer()).toBytes();
  }

  private ProtobufOutput trainer() {
    ProtobufOutput trainer = new ProtobufOutput();
    trainer.integer(3, BYTE_PAIR_MODEL).integer(4, pieces.size());
    boolean byteFallback = pieces.stream().anyMatch(piece -> piece.type() == BYTE);
    trainer.integer(35, byteFallback ? 1 : 0);
    trainer.integer(40, ids.unknown()).integer(41, ids.bos()).integer(42, ids.eos());
    boolean hasPad = ids.pad() >= 0 && pieces.get(ids.pad()).type() == CONTROL;
    trainer.integer(43, hasPad ? ids.pad() : -1);
    trainer.text(45, pieces.get(ids.unknown()).text());
    trainer.text(46, pieces.get(ids.bos()).text());
    trainer.text(47, pieces.get(ids.eos()).text());
    if (hasPad) {
      trainer.text(48, pieces.get(ids.pad()).text());
    }
    return trainer;
  }

  private ProtobufOutput normalizer() {
    ProtobufOutput normalizer = new ProtobufOutput();
    normalizer.text(1, characterMap.content().hasRemaining() ? "custom" : "identity");
    normalizer.bytes(2, characterMap.content());
    return normalizer.integer(3, dummyPrefix ? 1 : 0).integer(4, trimSpaces ? 1 : 0).integer(5, 1);
  }
}
