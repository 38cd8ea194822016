package io.fovea.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;

/** Reads the JSON files of tokenizers, whose vocabularies are long, as streams. */
final class TokenizerJson {
  /** Vocabularies have too many names for a table of names to pay. */
  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(1 << 20)
                          .maxNestingDepth(32)
                          .maxDocumentLength(TokenizerFile.MAX_BYTES)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private TokenizerJson() {}

  /** Reads an object, whose first token is the current one, to its end. */
  interface ObjectReader<T> {
    T read(JsonParser json) throws IOException;
  }

  /**
   * What a reader makes of the object that a file holds.
   *
   * @param remedy what to do about a file that holds none
   * @throws ModelLoadException if the content is not a single JSON object
   */
  static <T> T read(Path file, byte[] content, String remedy, ObjectReader<T> reader) {
    try (JsonParser json = MAPPER.createParser(content)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new ModelLoadException(file, "file", "is not a JSON object", remedy);
      }
      T value = reader.read(json);
      if (json.nextToken() != null) {
        throw new ModelLoadException(
            file, "file", "goes on after the end of its JSON object", remedy);
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "file", "is not valid JSON: " + e.getOriginalMessage(), remedy, e);
    } catch (IOException e) { // bytes that are not UTF-8
      throw new ModelLoadException(file, "file", "is not valid JSON: " + e, remedy, e);
    }
  }
}
