package io.fovea.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of a safetensors header, read as the safetensors library reads it: a name that occurs
 * twice counts the last time, a key of a tensor must not; keys of no meaning are passed over.
 */
final class HeaderJson {
  /** An entry as it is written; nothing is checked against the file. */
  record Entry(String dtype, List<Long> shape, long begin, long end) {}

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(1 << 20)
                  .maxNestingDepth(16)
                  .maxDocumentLength(SafetensorsHeader.MAX_HEADER_BYTES)
                  .build())
          .build();

  private static final String METADATA = "__metadata__";

  private final JsonParser json;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private boolean metadataSeen;

  private HeaderJson(JsonParser json) {
    this.json = json;
  }

  /**
   * Entries by name, in the text's order.
   *
   * @throws JsonProcessingException where the text is no such JSON
   */
  static Map<String, Entry> parse(String text) throws IOException {
    try (JsonParser parser = JSON.createParser(text)) {
      HeaderJson header = new HeaderJson(parser);
      header.read();
      return header.entries;
    }
  }

  private void read() throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("it is not a JSON object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals(METADATA)) {
        readMetadata();
      } else {
        entries.put(wellFormed(name), entry(name));
      }
    }
    if (json.nextToken() != null) {
      throw bad("it goes on after the end of its object");
    }
  }

  /** Texts by key, for people; or null. */
  private void readMetadata() throws IOException {
    if (metadataSeen) {
      throw bad(METADATA + " is there twice");
    }
    metadataSeen = true;
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw bad(METADATA + " is not an object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw bad(METADATA + "." + key + " is no text");
      }
    }
  }

  private Entry entry(String name) throws IOException {
    return switch (json.currentToken()) {
      case START_OBJECT -> keyed(name);
      case START_ARRAY -> listed(name);
      default -> throw bad("'" + name + "' is no object of dtype, shape and data_offsets");
    };
  }

  private Entry keyed(String name) throws IOException {
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "dtype" -> dtype = once(name, key, dtype, text(name, key));
        case "shape" -> shape = once(name, key, shape, numbers(name, key));
        case "data_offsets" -> offsets = once(name, key, offsets, numbers(name, key));
        default -> json.skipChildren();
      }
    }
    return complete(name, dtype, shape, offsets);
  }

  /** The three values without their keys, which the library's reader takes too. */
  private Entry listed(String name) throws IOException {
    json.nextToken();
    String dtype = text(name, "dtype");
    json.nextToken();
    List<Long> shape = numbers(name, "shape");
    json.nextToken();
    List<Long> offsets = numbers(name, "data_offsets");
    if (json.nextToken() != JsonToken.END_ARRAY) {
      throw bad("'" + name + "' has more than three values");
    }
    return complete(name, dtype, shape, offsets);
  }

  private Entry complete(
      String name, @Nullable String dtype, @Nullable List<Long> shape, @Nullable List<Long> offsets)
      throws JsonParseException {
    if (dtype == null || shape == null || offsets == null) {
      String key = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw bad("'" + name + "' has no " + key);
    }
    if (offsets.size() != 2) {
      throw bad("'" + name + "' has " + offsets.size() + " data_offsets in place of 2");
    }
    return new Entry(dtype, shape, offsets.get(0), offsets.get(1));
  }

  private <T> T once(String name, String key, @Nullable T before, T value)
      throws JsonParseException {
    if (before != null) {
      throw bad("'" + name + "' has its " + key + " twice");
    }
    return value;
  }

  private String text(String name, String key) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad("the " + key + " of '" + name + "' is no text");
    }
    return json.getText();
  }

  private List<Long> numbers(String name, String key) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad("the " + key + " of '" + name + "' is no list");
    }
    List<Long> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT;
      if (!whole || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw bad("the " + key + " of '" + name + "' holds " + json.getText());
      }
      long value = json.getLongValue();
      if (value < 0) {
        throw bad("the " + key + " of '" + name + "' holds " + value);
      }
      values.add(value);
    }
    return List.copyOf(values);
  }

  /** Half of a surrogate pair, written as an escape, stands for no character. */
  private String wellFormed(String name) throws JsonParseException {
    boolean paired =
        name.codePoints()
            .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    if (!paired) {
      throw bad("a name holds half a surrogate pair");
    }
    return name;
  }

  private JsonParseException bad(String problem) {
    return new JsonParseException(json, problem);
  }
}
