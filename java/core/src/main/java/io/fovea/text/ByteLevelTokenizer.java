package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.PieceTable.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The tokenizer of CogVLM2 (Llama 3's, 128,256 tokens) and of other byte-level byte-pair
 * vocabularies: the same ids and the same text as the Hugging Face tokenizers library, read from
 * its {@code tokenizer.json}; and that of Qwen-VL (151,860 tokens), as the tiktoken library has it,
 * read from {@code qwen.tiktoken}; and that of OFA (59,457 tokens), GPT-2's, read from {@code
 * vocab.json} and {@code merges.txt}. Every text can be spelt, so no text has an unknown token.
 *
 * <p>What is a letter, number or blank is up to the JDK's Unicode version (13.0 for JDK 17);
 * letters that are newer may be cut into words, so into tokens, in another way than by a library
 * that knows them. The text that the tokens stand for is the same.
 */
public final class ByteLevelTokenizer implements MarkupTokenizer {
  private final ByteLevelModel model;
  private final SpecialTokens special;

  private ByteLevelTokenizer(Path file, ByteLevelModel model, SpecialTokens special) {
    this.model = model;
    this.special = special;
    special.requireWithin(file, model.pieces().size());
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

  /**
   * Reads a {@code qwen.tiktoken}: lines of a token in base 64 and its rank. The tokens with a role
   * and the nine of Qwen-VL's markup follow it in number; text may hold the markup.
   *
   * @param special ids of the model's {@code config.json}; where there is none, {@code
   *     <|endoftext|>} ends an answer and {@code <imgpad>} is the pad
   * @throws ModelLoadException if the file is missing or damaged, or has no token with one of the
   *     special ids
   */
  public static ByteLevelTokenizer loadTiktoken(Path file, SpecialTokens special) {
    return tiktoken(file, TiktokenReader.read(file), special);
  }

  /**
   * As {@link #loadTiktoken}, from the content of a file.
   *
   * @param file what error messages call it
   */
  public static ByteLevelTokenizer parseTiktoken(Path file, byte[] content, SpecialTokens special) {
    return tiktoken(file, TiktokenReader.parse(file, content), special);
  }

  /**
   * Reads a {@code vocab.json} and the {@code merges.txt} beside it. Text is never split into the
   * tokens with a role or those that follow the vocabulary, whatever it spells.
   *
   * @param special ids of the model's {@code config.json}; where there is none, those of {@code
   *     <s>}, {@code </s>} and {@code <pad>}
   * @param extra tokens that follow the vocabulary, such as OFA's bins; ids left free before the
   *     first of them are {@code <code_0>} and so on
   * @throws ModelLoadException if a file is missing or damaged, if extra tokens do not follow the
   *     vocabulary without a gap, or if there is no token with one of the special ids
   */
  public static ByteLevelTokenizer loadGpt2(
      Path file, SpecialTokens special, List<ExtraToken> extra) {
    return gpt2(file, Gpt2Reader.read(file, extra), special);
  }

  /**
   * As {@link #loadGpt2}, from the content of the files.
   *
   * @param file what error messages call the vocabulary
   */
  public static ByteLevelTokenizer parseGpt2(
      Path file, byte[] vocabulary, byte[] merges, SpecialTokens special, List<ExtraToken> extra) {
    return gpt2(file, Gpt2Reader.parse(file, vocabulary, merges, extra), special);
  }

  private static ByteLevelTokenizer gpt2(Path file, ByteLevelModel model, SpecialTokens special) {
    return new ByteLevelTokenizer(file, model, Gpt2Reader.roles(model, special));
  }

  private static ByteLevelTokenizer tiktoken(
      Path file, ByteLevelModel model, SpecialTokens special) {
    return new ByteLevelTokenizer(file, model, TiktokenReader.roles(model, special));
  }

  @Override
  public int[] encode(String text, IntPredicate found) {
    TextLimit.check(text);
    IntStream.Builder ids = IntStream.builder();
    encode(model.composed() ? ComposedText.of(text) : text, 0, found, ids);
    return ids.build().toArray();
  }

  /** Added tokens of this kind and the next, then the words between them. */
  private void encode(String text, int kind, IntPredicate found, IntConsumer ids) {
    if (kind == model.finders().size()) {
      model.splitter().split(text, word -> WordEncoder.encode(model, Utf8.encode(word), ids));
    } else {
      model.finders().get(kind).cut(text, found, part -> encode(part, kind + 1, found, ids), ids);
    }
  }

  @Override
  public StreamingDetokenizer detokenizer() {
    return new StreamingDetokenizer(
        this,
        StreamingDetokenizer.LeadingSpace.KEEP,
        StreamingDetokenizer.Malformed.EACH_SUBPART,
        model::isCode);
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
