package io.fovea.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads a {@code tokenizer.json} as the Hugging Face tokenizers library writes it, if it holds a
 * byte-level byte-pair vocabulary like Llama 3's. The vocabulary is read as a stream; {@link
 * TokenizerJsonParts} checks the other sections, {@link VocabularyBuilder} puts the tokens
 * together.
 */
final class TokenizerJsonReader {
  static final int MAX_MERGES = 1 << 22; // ranks stay exact as floats; Llama 3 has 280,147

  private final Path file;
  private final VocabularySource source;
  private final TokenizerJsonParts parts;

  // model
  private Map<String, Integer> vocabulary = Map.of();
  private final List<String> merges = new ArrayList<>(); // left and right halves in turn
  private boolean ignoreMerges;

  private TokenizerJsonReader(Path file) {
    this.file = file;
    source = VocabularySource.tokenizerJson(file);
    parts = new TokenizerJsonParts(file);
  }

  /**
   * @throws ModelLoadException if the file cannot be read, is damaged, or asks for anything that
   *     this tokenizer does not compute exactly
   */
  static ByteLevelModel read(Path file) {
    return parse(file, TokenizerFile.content(file, "tokenizer.json", TokenizerJsonSections.REMEDY));
  }

  /** As {@link #read}, from the content of {@code file}. */
  static ByteLevelModel parse(Path file, byte[] content) {
    TokenizerJsonReader reader = new TokenizerJsonReader(file);
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
        case "type" -> parts.requireModelType(json.getText(), "BPE");
        case "vocab" -> vocabulary = TokenIds.read(json, source);
        case "merges" -> readMerges(json);
        case "ignore_merges" -> ignoreMerges = json.currentToken() == JsonToken.VALUE_TRUE;
        default -> parts.requireHarmless(key, json.readValueAsTree());
      }
    }
  }

  private void readMerges(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw fail("model.merges", "is not a list");
    }
    for (int rank = 0; json.nextToken() != JsonToken.END_ARRAY; rank++) {
      if (rank == MAX_MERGES) {
        throw fail("model.merges", "has more than " + MAX_MERGES + " entries");
      }
      boolean read = json.currentToken() == JsonToken.START_ARRAY ? readPair(json) : readLine(json);
      if (!read) {
        throw fail("model.merges[" + rank + "]", "is neither \"a b\" nor [\"a\", \"b\"]");
      }
    }
  }

  private boolean readLine(JsonParser json) throws IOException {
    String line = json.getText();
    int space = line.indexOf(' ');
    if (json.currentToken() != JsonToken.VALUE_STRING
        || space < 0
        || line.indexOf(' ', space + 1) >= 0) {
      return false;
    }
    merges.add(line.substring(0, space));
    merges.add(line.substring(space + 1));
    return true;
  }

  private boolean readPair(JsonParser json) throws IOException {
    for (int half = 0; half < 2; half++) {
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        return false;
      }
      merges.add(json.getText());
    }
    return json.nextToken() == JsonToken.END_ARRAY;
  }

  private ByteLevelModel model(TokenizerJsonSections sections) {
    parts.requireNoNormalizer(sections.normalizer());
    parts.requireByteLevelDecoder(sections.decoder());
    VocabularyBuilder builder = new VocabularyBuilder(source, vocabulary);
    List<AddedToken> added = parts.addedTokens(sections.addedTokens());
    added.forEach(builder::add);
    return builder.build(merges, ignoreMerges, parts.splitter(sections.preTokenizer()), true);
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, TokenizerJsonSections.REMEDY);
  }
}
