package io.fovea.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
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

  private static final long MAX_FILE_BYTES = 64L << 20; // Llama 3's has 9 MB

  /** Vocabularies have too many names for a table of names to pay. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(1 << 20)
                          .maxNestingDepth(32)
                          .maxDocumentLength(MAX_FILE_BYTES)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** Reads the value of the section {@code model}, whose first token is the current one. */
  interface ModelReader {
    void read(JsonParser json) throws IOException;
  }

  /**
   * The content of a file.
   *
   * @throws ModelLoadException if it is too large or cannot be read
   */
  static byte[] content(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_BYTES) {
        throw new ModelLoadException(
            file, "size", size + " bytes, at most " + MAX_FILE_BYTES + " allowed", REMEDY);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelLoadException(
          file,
          "file",
          "cannot be read (" + e + ")",
          "put the model's tokenizer.json there, or name another file",
          e);
    }
  }

  /**
   * @throws ModelLoadException if the content is not that of such a file
   */
  static TokenizerJsonSections parse(Path file, byte[] content, ModelReader model) {
    try (JsonParser json = JSON.createParser(content)) {
      return read(file, json, model);
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "file", "is not valid JSON: " + e.getOriginalMessage(), REMEDY, e);
    } catch (IOException e) { // bytes that are not UTF-8
      throw new ModelLoadException(file, "file", "is not valid JSON: " + e, REMEDY, e);
    }
  }

  private static TokenizerJsonSections read(Path file, JsonParser json, ModelReader model)
      throws IOException {
    JsonNode addedTokens = JSON.nullNode();
    JsonNode normalizer = JSON.nullNode();
    JsonNode preTokenizer = JSON.nullNode();
    JsonNode decoder = JSON.nullNode();
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new ModelLoadException(file, "file", "is not a JSON object", REMEDY);
    }
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
    if (json.nextToken() != null) {
      throw new ModelLoadException(
          file, "file", "goes on after the end of its JSON object", REMEDY);
    }
    return new TokenizerJsonSections(addedTokens, normalizer, preTokenizer, decoder);
  }

  /**
   * What a file calls the kind of its model; empty where it says nothing. The file may be damaged:
   * reading ends where its answer is.
   */
  static String modelType(Path file) throws IOException {
    try (JsonParser json = JSON.createParser(file.toFile())) {
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
