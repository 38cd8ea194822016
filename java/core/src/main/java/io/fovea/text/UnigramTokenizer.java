package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.PieceTable.Kind;
import io.fovea.text.StreamingDetokenizer.LeadingSpace;
import io.fovea.text.StreamingDetokenizer.Malformed;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The tokenizer of Kosmos-2 (65,037 tokens) and of other SentencePiece unigram models in Hugging
 * Face's form: the same ids and the same text as the tokenizers library, read from its {@code
 * tokenizer.json}. Ids are those of that file; {@link SentencePieceTokenizer} reads the same
 * vocabulary from a {@code tokenizer.model}, in its own numbering.
 *
 * <p>Unlike the library, no text is split into tokens with a role, not even where normalisation
 * makes their spelling of it.
 */
public final class UnigramTokenizer implements MarkupTokenizer {
  private final UnigramModel model;
  private final SpecialTokens special;

  private UnigramTokenizer(Path file, UnigramModel model, SpecialTokens special) {
    this.model = model;
    this.special = special;
    special.requireWithin(file, model.table().size());
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @param special ids of the model's {@code config.json}
   * @throws ModelLoadException if the file is missing, damaged, not a unigram vocabulary, or has no
   *     token with one of the special ids
   */
  public static UnigramTokenizer load(Path file, SpecialTokens special) {
    return new UnigramTokenizer(file, UnigramJsonReader.read(file), special);
  }

  /**
   * As {@link #load}, from the content of a file.
   *
   * @param file what error messages call it
   */
  public static UnigramTokenizer parse(Path file, byte[] content, SpecialTokens special) {
    return new UnigramTokenizer(file, UnigramJsonReader.parse(file, content), special);
  }

  @Override
  public int[] encode(String text, IntPredicate found) {
    TextLimit.check(text);
    IntStream.Builder ids = IntStream.builder();
    model
        .raw()
        .cut(
            text,
            found,
            part ->
                model
                    .normalized()
                    .cut(model.normalize(part), found, rest -> encodeText(rest, ids), ids),
            ids);
    return ids.build().toArray();
  }

  private void encodeText(String text, IntConsumer ids) {
    if (model.words().atWhiteSpace()) {
      WhiteSpace.split(text).forEach(part -> encodeMarked(part, ids));
    } else {
      encodeMarked(text, ids);
    }
  }

  /** Puts marks in the place of spaces and before the text. */
  private void encodeMarked(String text, IntConsumer ids) {
    String marked = text.replace(" ", SPACE_MARK);
    if (model.words().markFirst() && !marked.startsWith(SPACE_MARK)) {
      marked = SPACE_MARK + marked;
    }
    int start = 0;
    while (start < marked.length()) {
      int next = model.words().atMarks() ? marked.indexOf(SPACE_MARK, start + 1) : -1;
      int end = next < 0 ? marked.length() : next;
      encodeWord(Utf8.encode(marked.substring(start, end)), ids);
      start = end;
    }
  }

  private void encodeWord(byte[] word, IntConsumer ids) {
    UnigramEncoder.encode(
        model.pieces(),
        word,
        new UnigramEncoder.Output() {
          @Override
          public void piece(int id) {
            ids.accept(id);
          }

          @Override
          public void unknown(int from, int to) {
            ids.accept(model.unknown());
          }
        });
  }

  @Override
  public StreamingDetokenizer detokenizer() {
    LeadingSpace leading =
        model.words().markFirst() ? LeadingSpace.DROP_IN_FIRST : LeadingSpace.KEEP;
    return new StreamingDetokenizer(this, leading, Malformed.EACH_SUBPART);
  }

  @Override
  public byte[] bytes(int id) {
    return kind(id) == Kind.CONTROL
        ? new byte[0]
        : Utf8.encode(model.table().text(id).replace(SPACE_MARK, " "));
  }

  @Override
  public String piece(int id) {
    Objects.checkIndex(id, vocabularySize());
    return model.table().text(id);
  }

  @Override
  public int vocabularySize() {
    return model.table().size();
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

  /** The token for text that the vocabulary cannot spell. */
  public int unknown() {
    return model.unknown();
  }

  @Override
  public OptionalInt id(String piece) {
    Integer id = model.ids().get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public boolean isSpecial(int id) {
    return kind(id) == Kind.CONTROL || kind(id) == Kind.UNKNOWN;
  }

  private Kind kind(int id) {
    Objects.checkIndex(id, vocabularySize());
    return model.table().kind(id);
  }

  @Override
  public String toString() {
    return "UnigramTokenizer[" + vocabularySize() + " tokens]";
  }
}
