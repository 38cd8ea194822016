package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.PieceTable.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.stream.IntStream;

/**
 * The tokenizer of CogVLM2 (Llama 3's, 128,256 tokens) and of other byte-level byte-pair
 * vocabularies: the same ids and the same text as the Hugging Face tokenizers library, read from
 * its {@code tokenizer.json}. Every text can be spelt, so there is no unknown token.
 *
 * <p>What is a letter, number or blank is up to the JDK's Unicode version (13.0 for JDK 17);
 * letters that are newer may be cut into words, so into tokens, in another way than by a library
 * that knows them. The text that the tokens stand for is the same.
 */
public final class ByteLevelTokenizer implements Tokenizer {
  private final ByteLevelModel model;
  private final SpecialTokens special;

  private ByteLevelTokenizer(Path file, ByteLevelModel model, SpecialTokens special) {
    this.model = model;
    this.special = special;
    requireKnown(file, "begin", special.bos());
    requireKnown(file, "end", special.eos());
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @param special ids of the model's {@code config.json}
   * @throws ModelLoadException if the file is missing, damaged, not a byte-level byte-pair
   *     vocabulary, or has no token with one of the special ids
   */
  public static ByteLevelTokenizer load(Path file, SpecialTokens special) {
    return new ByteLevelTokenizer(file, TokenizerJsonReader.read(file), special);
  }

  /**
   * As {@link #load}, from the content of a file.
   *
   * @param file what error messages call it
   */
  public static ByteLevelTokenizer parse(Path file, byte[] content, SpecialTokens special) {
    return new ByteLevelTokenizer(file, TokenizerJsonReader.parse(file, content), special);
  }

  private void requireKnown(Path file, String role, int id) {
    if (id != SpecialTokens.NONE && (id < 0 || id >= vocabularySize())) {
      throw new ModelLoadException(
          file,
          "model.vocab",
          "has " + vocabularySize() + " tokens; the model's " + role + " token is " + id,
          "use the tokenizer.json and config.json of one model");
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Added tokens that are not special are found in the text before anything else.
   */
  @Override
  public int[] encode(String text) {
    TextLimit.check(text);
    IntStream.Builder ids = IntStream.builder();
    encode(text, 0, ids);
    return ids.build().toArray();
  }

  /** Added tokens of this kind and the next, then the words between them. */
  private void encode(String text, int kind, IntConsumer ids) {
    if (kind == model.addedText().size()) {
      encodeWords(text, ids);
      return;
    }
    Matcher added = model.addedText().get(kind).matcher(text);
    int at = 0;
    while (added.find()) {
      encode(text.substring(at, added.start()), kind + 1, ids);
      ids.accept(Objects.requireNonNull(model.added().get(added.group())));
      at = added.end();
    }
    encode(text.substring(at), kind + 1, ids);
  }

  private void encodeWords(String text, IntConsumer ids) {
    model.splitter().split(text, word -> WordEncoder.encode(model, Utf8.encode(word), ids));
  }

  @Override
  public StreamingDetokenizer detokenizer() {
    return new StreamingDetokenizer(
        this, StreamingDetokenizer.LeadingSpace.KEEP, StreamingDetokenizer.Malformed.EACH_SUBPART);
  }

  @Override
  public byte[] bytes(int id) {
    PieceTable pieces = model.pieces();
    return kind(id) == Kind.CONTROL
        ? new byte[0]
        : Arrays.copyOfRange(pieces.bytes(), pieces.start(id), pieces.end(id));
  }

  /** The token as the file spells it: "Ġred" for " red", an added token as it is. */
  @Override
  public String piece(int id) {
    PieceTable pieces = model.pieces();
    return kind(id) == Kind.NORMAL
        ? ByteAlphabet.spell(pieces.bytes(), pieces.start(id), pieces.end(id))
        : pieces.text(id);
  }

  @Override
  public OptionalInt id(String piece) {
    Integer added = model.added().get(piece);
    if (added != null) {
      return OptionalInt.of(added);
    }
    if (!ByteAlphabet.canRead(piece)) {
      return OptionalInt.empty();
    }
    byte[] bytes = ByteAlphabet.read(piece);
    int id = model.index().find(bytes, 0, bytes.length);
    return id == PieceIndex.ABSENT ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public int vocabularySize() {
    return model.pieces().size();
  }

  @Override
  public int bos() {
    return special.bos();
  }

  @Override
  public int eos() {
    return special.eos();
  }

  @Override
  public int pad() {
    return special.pad();
  }

  @Override
  public boolean isSpecial(int id) {
    return kind(id) == Kind.CONTROL;
  }

  private Kind kind(int id) {
    Objects.checkIndex(id, vocabularySize());
    return model.pieces().kind(id);
  }

  @Override
  public String toString() {
    return "ByteLevelTokenizer[" + vocabularySize() + " tokens]";
  }
}
