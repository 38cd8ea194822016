package io.fovea.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.fovea.server.http.ApiException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object of a request. Each is asked for by name; {@link #done} refuses what
 * nobody asked for. A field that is null counts as absent. What is wrong is named with its path.
 */
final class Fields {
  private final JsonNode object;
  private final String path;
  private final Map<String, Set<String>> asked; // of all objects of the request, by path
  private final Set<String> known;

  /**
   * The whole body.
   *
   * @throws ApiException where it is no object
   */
  Fields(JsonNode body) {
    this(body, "", new LinkedHashMap<>());
  }

  private Fields(JsonNode object, String path, Map<String, Set<String>> asked) {
    this.object = object;
    this.path = path;
    this.asked = asked;
    known = asked.computeIfAbsent(path, each -> new LinkedHashSet<>());
    if (!object.isObject()) {
      throw wrong(path.isEmpty() ? "the body" : path, "an object", object);
    }
  }

  private static ApiException wrong(String path, String wanted, JsonNode given) {
    return ApiException.invalid(
        "invalid_type", path, path + " is " + article(given.getNodeType()) + "; give " + wanted);
  }

  private static String article(JsonNodeType type) {
    String name = type.name().toLowerCase(Locale.ROOT);
    return switch (type) {
      case ARRAY, OBJECT -> "an " + name;
      case NULL, MISSING -> "missing";
      default -> "a " + name;
    };
  }

  /** The path of one of its fields. */
  String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private @Nullable JsonNode find(String name) {
    known.add(name);
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** The field as it is, or null. */
  @Nullable JsonNode any(String name) {
    return find(name);
  }

  /** A text, or null. */
  @Nullable String text(String name) {
    JsonNode value = find(name);
    if (value != null && !value.isTextual()) {
      throw wrong(pathOf(name), "a string", value);
    }
    return value == null ? null : value.textValue();
  }

  /** A text that must be there. */
  String requiredText(String name) {
    String value = text(name);
    if (value == null) {
      throw missing(name);
    }
    return value;
  }

  ApiException missing(String name) {
    return ApiException.invalid(
        "missing_field", pathOf(name), pathOf(name) + " is missing; give it");
  }

  /** A whole number from {@code least} to {@code most}, or null. */
  @Nullable Long integer(String name, long least, long most) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(pathOf(name), "a whole number", value);
    }
    long number = value.longValue();
    if (number < least || number > most) {
      throw outside(name, number, least, most);
    }
    return number;
  }

  /** A number from {@code least} to {@code most}, or null. */
  @Nullable Double number(String name, double least, double most) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrong(pathOf(name), "a number", value);
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw outside(name, number, least, most);
    }
    return number;
  }

  private ApiException outside(String name, Number value, Number least, Number most) {
    return ApiException.invalid(
        "out_of_range",
        pathOf(name),
        pathOf(name) + " is " + value + "; give a number from " + least + " to " + most);
  }

  /** True or false; false where it is absent. */
  boolean flag(String name) {
    JsonNode value = find(name);
    if (value != null && !value.isBoolean()) {
      throw wrong(pathOf(name), "true or false", value);
    }
    return value != null && value.booleanValue();
  }

  /** One of some words; the first where it is absent. */
  String word(String name, List<String> words) {
    String value = text(name);
    if (value != null && !words.contains(value)) {
      throw ApiException.invalid(
          "invalid_value",
          pathOf(name),
          pathOf(name) + " is \"" + value + "\"; give one of " + String.join(", ", words));
    }
    return value == null ? words.get(0) : value;
  }

  /** An object, or null. */
  @Nullable Fields object(String name) {
    JsonNode value = find(name);
    return value == null ? null : new Fields(value, pathOf(name), asked);
  }

  /** A list of objects; null where it is absent. */
  @Nullable List<Fields> objects(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (!value.isArray()) {
      throw wrong(pathOf(name), "an array", value);
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode each : value) {
      all.add(new Fields(each, pathOf(name) + "[" + all.size() + "]", asked));
    }
    return all;
  }

  /** A list of texts, or one text alone; empty where it is absent. */
  List<String> texts(String name, int most) {
    JsonNode value = find(name);
    if (value == null) {
      return List.of();
    }
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    List<String> all = new ArrayList<>();
    for (JsonNode each : value) {
      if (!each.isTextual()) {
        throw wrong(pathOf(name) + "[" + all.size() + "]", "a string", each);
      }
      all.add(each.textValue());
    }
    if (!value.isArray()) {
      throw wrong(pathOf(name), "a string or an array of strings", value);
    }
    if (all.size() > most) {
      throw ApiException.invalid(
          "out_of_range",
          pathOf(name),
          pathOf(name) + " has " + all.size() + " entries; give at most " + most);
    }
    return all;
  }

  /**
   * Takes a field that changes nothing as long as it has one of its usual values.
   *
   * @param usual as JSON
   * @throws ApiException where it has another
   */
  void only(String name, String... usual) {
    JsonNode value = find(name);
    if (value != null && !List.of(usual).contains(value.toString())) {
      throw ApiException.invalid(
          "unsupported_value",
          pathOf(name),
          pathOf(name)
              + " is "
              + shortened(value)
              + ", which is not supported; "
              + (usual.length == 0
                  ? "leave it out"
                  : "leave it out, or give " + String.join(" or ", usual)));
    }
  }

  private static String shortened(JsonNode value) {
    String text = value.toString();
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  /** Takes a field that has no effect here. */
  void ignore(String name) {
    known.add(name);
  }

  /**
   * All fields have been asked for.
   *
   * @throws ApiException naming one that was not
   */
  void done() {
    for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw ApiException.invalid(
            "unknown_field", pathOf(name), "there is no " + pathOf(name) + "; leave it out");
      }
    }
  }

  /** What was asked for, of this object and those in it, by their paths. */
  Map<String, Set<String>> asked() {
    return asked;
  }
}
