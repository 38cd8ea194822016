package io.fovea.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads a JSON object of tokens and their ids, as a stream. */
final class TokenIds {
  private TokenIds() {}

  /**
   * Ids by token.
   *
   * @param json its current token is the first of the object
   * @throws ModelLoadException if it is no such object, or has too many tokens
   */
  static Map<String, Integer> read(JsonParser json, VocabularySource source) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw source.badTokens("is not an object of tokens and ids");
    }
    Map<String, Integer> ids = new HashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String token = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
        throw source.badTokens("gives '" + token + "' no integer as its id");
      }
      if (ids.size() == VocabularyBuilder.MAX_TOKENS) {
        throw source.badTokens("has more than " + VocabularyBuilder.MAX_TOKENS + " tokens");
      }
      ids.put(token, json.getIntValue());
    }
    return ids;
  }

  /** Whether a file begins as such an object does, which has a member; it may be damaged behind. */
  static boolean begin(Path file) throws IOException {
    try (JsonParser json = TokenizerJson.MAPPER.createParser(file.toFile())) {
      return json.nextToken() == JsonToken.START_OBJECT
          && json.nextToken() == JsonToken.FIELD_NAME
          && json.nextToken() == JsonToken.VALUE_NUMBER_INT;
    } catch (JsonProcessingException e) {
      return false; // whoever reads it for good says so
    }
  }
}
