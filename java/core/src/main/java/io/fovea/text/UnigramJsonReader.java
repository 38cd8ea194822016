package io.fovea.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a {@code tokenizer.json} as the Hugging Face tokenizers library writes it, if it holds a
 * unigram vocabulary like Kosmos-2's. The vocabulary, a list of pieces and their scores, is read as
 * a stream; {@link UnigramJsonParts} checks the other sections, {@link UnigramBuilder} puts the
 * tokens together.
 */
final class UnigramJsonReader {
  private static final int NONE = -1;

  private final Path file;
  private final TokenizerJsonParts parts;
  private final List<String> pieces = new ArrayList<>();
  private double[] scores = new double[1024];
  private int unknown = NONE;

  private UnigramJsonReader(Path file) {
    this.file = file;
    parts = new TokenizerJsonParts(file);
  }

  /**
   * @throws ModelLoadException if the file cannot be read, is damaged, or asks for anything that
   *     this tokenizer does not compute exactly
   */
  static UnigramModel read(Path file) {
    return parse(file, TokenizerFile.content(file, "tokenizer.json", TokenizerJsonSections.REMEDY));
  }

  /** As {@link #read}, from the content of {@code file}. */
  static UnigramModel parse(Path file, byte[] content) {
    UnigramJsonReader reader = new UnigramJsonReader(file);
    return reader.model(TokenizerJsonSections.parse(file, content, reader::readModel));
  }

  private void readModel(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw fail("model", "is not an object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "type" -> parts.requireModelType(json.getText(), "Unigram");
        case "vocab" -> readVocabulary(json);
        case "unk_id" -> readUnknown(json);
        case "byte_fallback" -> {
          boolean off = json.currentToken() == JsonToken.VALUE_FALSE;
          parts.require(off, "model.byte_fallback", "is not false");
        }
        default -> json.skipChildren(); // the library passes over what it does not know, too
      }
    }
  }

  private void readUnknown(JsonParser json) throws IOException {
    boolean integer = json.currentToken() == JsonToken.VALUE_NUMBER_INT;
    parts.require(integer, "model.unk_id", "is no integer");
    unknown = json.getIntValue();
  }

  private void readVocabulary(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw fail("model.vocab", "is not a list of pieces and scores");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (pieces.size() == VocabularyBuilder.MAX_TOKENS) {
        throw fail("model.vocab", "has more than " + VocabularyBuilder.MAX_TOKENS + " pieces");
      }
      if (!readPiece(json)) {
        throw fail("model.vocab[" + pieces.size() + "]", "is no pair of a piece and its score");
      }
    }
  }

  private boolean readPiece(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY
        || json.nextToken() != JsonToken.VALUE_STRING) {
      return false;
    }
    String piece = json.getText();
    if (!json.nextToken().isNumeric()) {
      return false;
    }
    double score = json.getDoubleValue();
    if (json.nextToken() != JsonToken.END_ARRAY) {
      return false;
    }
    if (pieces.size() == scores.length) {
      scores = Arrays.copyOf(scores, 2 * scores.length);
    }
    scores[pieces.size()] = score;
    pieces.add(piece);
    return true;
  }

  private UnigramModel model(TokenizerJsonSections sections) {
    if (unknown < 0 || unknown >= pieces.size()) {
      throw fail("model.unk_id", "is " + unknown + " of " + pieces.size() + " pieces");
    }
    UnigramJsonParts checked = new UnigramJsonParts(file, parts);
    UnigramModel.Words words = checked.words(sections.preTokenizer());
    checked.requireDecoder(sections.decoder(), words);
    return new UnigramBuilder(file, pieces, scores, unknown)
        .build(
            parts.addedTokens(sections.addedTokens()),
            checked.normalizer(sections.normalizer()),
            words);
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, TokenizerJsonSections.REMEDY);
  }
}
