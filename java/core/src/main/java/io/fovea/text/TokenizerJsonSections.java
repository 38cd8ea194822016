package io.fovea.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The sections of a {@code tokenizer.json} as the Hugging Face tokenizers library writes it,
 * whatever the model; null where one is missing. The model, which has the vocabulary, is read as a
 * stream.
 */
record TokenizerJsonSections(
    JsonNode addedTokens, JsonNode normalizer, JsonNode preTokenizer, JsonNode decoder) {
  static final String REMEDY =
      "use the tokenizer.json published with the model; byte-level BPE, as Llama 3's, and Unigram,"
          + " as Kosmos-2's, are supported";

  /** Reads the value of the section {@code model}, whose first token is the current one. */
  interface ModelReader {
    void read(JsonParser json) throws IOException;
  }

  /**
   * @throws ModelLoadException if the content is not that of such a file
   */
  static TokenizerJsonSections parse(Path file, byte[] content, ModelReader model) {
    return TokenizerJson.read(file, content, REMEDY, json -> read(json, model));
  }

  private static TokenizerJsonSections read(JsonParser json, ModelReader model) throws IOException {
    JsonNode addedTokens = TokenizerJson.MAPPER.nullNode();
    JsonNode normalizer = TokenizerJson.MAPPER.nullNode();
    JsonNode preTokenizer = TokenizerJson.MAPPER.nullNode();
    JsonNode decoder = TokenizerJson.MAPPER.nullNode();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String section = json.currentName();
      json.nextToken();
      switch (section) {
        case "model" -> model.read(json);
        case "added_tokens" -> addedTokens = json.readValueAsTree();
        case "normalizer" -> normalizer = json.readValueAsTree();
        case "pre_tokenizer" -> preTokenizer = json.readValueAsTree();
        case "decoder" -> decoder = json.readValueAsTree();
        default -> json.skipChildren(); // version; how a caller cuts, pads and frames sequences
      }
    }
    return new TokenizerJsonSections(addedTokens, normalizer, preTokenizer, decoder);
  }

  /**
   * What a file calls the kind of its model; empty where it says nothing. The file may be damaged:
   * reading ends where its answer is.
   */
  static String modelType(Path file) throws IOException {
    try (JsonParser json = TokenizerJson.MAPPER.createParser(file.toFile())) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean model = json.currentName().equals("model");
        json.nextToken();
        if (model) {
          return typeOf(json);
        }
        json.skipChildren();
      }
    } catch (JsonProcessingException e) {
      return ""; // whoever reads it for good says so
    }
    return "";
  }

  private static String typeOf(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean type = json.currentName().equals("type");
      json.nextToken();
      if (type) {
        return json.getText();
      }
      json.skipChildren();
    }
    return "";
  }
}
