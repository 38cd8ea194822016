package io.fovea.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.weights.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/** JSON as this command line prints and reads it: snake_case names, absent values left out. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.USE_DEFAULTS))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same as maps, lists and plain values. */
  static Map<String, Object> map(Object value) {
    return MAPPER.convertValue(value, new TypeReference<Map<String, Object>>() {});
  }

  /**
   * Writes a file.
   *
   * @throws CommandFailure where that fails
   */
  static void write(Path file, Object value) {
    try {
      Files.writeString(file, write(value) + "\n");
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot write " + file + ": " + e.getMessage(), "name a file in another folder", e);
    }
  }

  /** The same without line breaks. */
  static String writeLine(Object value) {
    try {
      return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is of another form, in words for people: the entry, its part, and the place. */
  private static String unexpected(JsonMappingException e) {
    StringBuilder where = new StringBuilder();
    for (JsonMappingException.Reference part : e.getPath()) {
      where.append(where.isEmpty() ? "" : ", ");
      where.append(
          part.getFieldName() == null
              ? "entry " + part.getIndex()
              : "'" + part.getFieldName() + "'");
    }
    return where.isEmpty()
        ? "the file is not a JSON list: lines of JSON need [ before them, ] after them and commas"
            + " between them"
        : where + " is not of the expected form" + place(e);
  }

  private static String place(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /**
   * Reads a list from a file.
   *
   * @param remedy what the user can do when the file is missing or of another form
   * @throws CommandFailure then
   */
  static <T> T read(Path file, TypeReference<T> type, String remedy) {
    try {
      T value = MAPPER.readValue(JsonFile.utf8(file, Files.readAllBytes(file)), type);
      if (value == null) {
        throw new CommandFailure(file + " holds nothing", remedy);
      }
      return value;
    } catch (JsonProcessingException e) {
      boolean form =
          e instanceof JsonMappingException && !(e.getCause() instanceof StreamReadException);
      String problem =
          form ? ": " + unexpected((JsonMappingException) e) : " is not JSON: damaged" + place(e);
      throw new CommandFailure(file + problem, remedy, e);
    } catch (NoSuchFileException e) {
      throw new CommandFailure(file + " does not exist", remedy, e);
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file + ": " + e.getMessage(), remedy, e);
    }
  }
}
