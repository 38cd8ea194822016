package io.fovea.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One thing that a tool takes. */
sealed interface McpParameter {
  /** What calls have it under. */
  String name();

  /** As JSON Schema, with what it is for. */
  Map<String, Object> schema();

  /** In words, such as "an integer from 1 to 8". */
  String kind();

  /** Whether a value from JSON is one. */
  boolean fits(@Nullable Object value);

  /** Something to read that is not empty. */
  record Text(String name, String description) implements McpParameter {
    @Override
    public Map<String, Object> schema() {
      return Map.of("type", "string", "minLength", 1, "description", description);
    }

    @Override
    public String kind() {
      return "a text that is not empty";
    }

    @Override
    public boolean fits(@Nullable Object value) {
      return value instanceof String text && !text.isEmpty();
    }
  }

  /** A number of things, from 1 to the most. */
  record Count(String name, int most, String description) implements McpParameter {
    @Override
    public Map<String, Object> schema() {
      return Map.of("type", "integer", "minimum", 1, "maximum", most, "description", description);
    }

    @Override
    public String kind() {
      return "an integer from 1 to " + most;
    }

    /** For JSON Schema, 3.0 is an integer. */
    @Override
    public boolean fits(@Nullable Object value) {
      double number = value instanceof Number given ? given.doubleValue() : 0;
      return number >= 1 && number <= most && number == Math.rint(number);
    }
  }

  /** Texts, from 1 to the most. */
  record Texts(String name, int most, String description) implements McpParameter {
    @Override
    public Map<String, Object> schema() {
      return Map.of(
          "type",
          "array",
          "items",
          Map.of("type", "string", "minLength", 1),
          "minItems",
          1,
          "maxItems",
          most,
          "description",
          description);
    }

    @Override
    public String kind() {
      return "a list of 1 to " + most + " texts that are not empty";
    }

    @Override
    public boolean fits(@Nullable Object value) {
      return value instanceof List<?> list
          && !list.isEmpty()
          && list.size() <= most
          && list.stream().allMatch(each -> each instanceof String text && !text.isEmpty());
    }
  }
}
