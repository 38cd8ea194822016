package io.fovea.text;

import io.fovea.text.PieceTable.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The tokenizer of CogVLM v1 (Vicuna's, 32,000 pieces) and of any other SentencePiece byte-pair or
 * unigram model: the same ids and the same text as the SentencePiece library (arXiv:1808.06226),
 * read from its {@code tokenizer.model}.
 */
public final class SentencePieceTokenizer implements Tokenizer {
  private final SentencePieceModel model;
  private final SymbolMatcher symbols;
  private final TextNormalizer normalizer;

  private SentencePieceTokenizer(SentencePieceModel model) {
    this.model = model;
    symbols = new SymbolMatcher(model.pieces());
    normalizer = new TextNormalizer(model, symbols);
  }

  /**
   * Reads a {@code tokenizer.model}.
   *
   * @throws io.fovea.ModelLoadException if the file is missing, damaged or neither a byte-pair nor
   *     a unigram model
   */
  public static SentencePieceTokenizer load(Path file) {
    return load(file, List.of());
  }

  /**
   * As {@link #load(Path)}, with tokens that were added to the model: found in text before anything
   * else, but for special ones. Those that the file has itself are passed over.
   */
  public static SentencePieceTokenizer load(Path file, List<ExtraToken> extra) {
    return new SentencePieceTokenizer(SentencePieceModelReader.read(file, extra));
  }

  /**
   * As {@link #load}, from the content of a file.
   *
   * @param file what error messages call it
   */
  public static SentencePieceTokenizer parse(Path file, byte[] content) {
    return new SentencePieceTokenizer(SentencePieceModelReader.parse(file, content, List.of()));
  }

  @Override
  public int[] encode(String text) {
    TextLimit.check(text);
    byte[] normalized = normalizer.normalize(Utf8.encode(text));
    return model.unigram().isEmpty()
        ? new BytePairEncoder(model, symbols, normalized).encode()
        : encode(model.unigram().get(), normalized);
  }

  private int[] encode(UnigramPieces pieces, byte[] text) {
    IntStream.Builder ids = IntStream.builder();
    UnigramEncoder.encode(
        pieces,
        text,
        new UnigramEncoder.Output() {
          @Override
          public void piece(int id) {
            ids.accept(id);
          }

          @Override
          public void unknown(int from, int to) {
            if (model.byteFallback().isEmpty()) {
              ids.accept(model.special().unknown());
              return;
            }
            for (int i = from; i < to; i++) {
              ids.accept(model.byteFallback().get().id(text[i]));
            }
          }
        });
    return ids.build().toArray();
  }

  /** Whether text is split by the scores of whole segmentations, not by merging pairs. */
  public boolean isUnigram() {
    return model.unigram().isPresent();
  }

  @Override
  public StreamingDetokenizer detokenizer() {
    return new StreamingDetokenizer(this, leadingSpace(), StreamingDetokenizer.Malformed.EACH_BYTE);
  }

  private StreamingDetokenizer.LeadingSpace leadingSpace() {
    if (model.removeExtraWhitespaces()) {
      return StreamingDetokenizer.LeadingSpace.DROP_WHILE_EMPTY;
    }
    return model.addDummyPrefix()
        ? StreamingDetokenizer.LeadingSpace.DROP_ONE
        : StreamingDetokenizer.LeadingSpace.KEEP;
  }

  @Override
  public byte[] bytes(int id) {
    return switch (kind(id)) {
      case CONTROL -> new byte[0];
      case UNKNOWN -> Utf8.encode(model.unknownSurface());
      case BYTE -> new byte[] {BytePieces.value(piece(id))};
      case NORMAL, USER_DEFINED, UNUSED ->
          piece(id).replace(SPACE_MARK, " ").getBytes(StandardCharsets.UTF_8);
    };
  }

  @Override
  public String piece(int id) {
    Objects.checkIndex(id, vocabularySize());
    return model.pieces().text(id);
  }

  @Override
  public int vocabularySize() {
    return model.pieces().size();
  }

  @Override
  public int bos() {
    return model.special().bos();
  }

  @Override
  public int eos() {
    return model.special().eos();
  }

  /** The unknown token if the model defines no pad token, as with Vicuna's. */
  @Override
  public int pad() {
    return model.special().pad();
  }

  /** The token for text that the vocabulary cannot spell. */
  public int unknown() {
    return model.special().unknown();
  }

  @Override
  public OptionalInt id(String piece) {
    int id = model.index().find(piece);
    return id == PieceIndex.ABSENT ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public boolean isSpecial(int id) {
    return kind(id) == Kind.CONTROL || kind(id) == Kind.UNKNOWN;
  }

  private Kind kind(int id) {
    Objects.checkIndex(id, vocabularySize());
    return model.pieces().kind(id);
  }

  @Override
  public String toString() {
    return "SentencePieceTokenizer[" + vocabularySize() + " pieces]";
  }
}
