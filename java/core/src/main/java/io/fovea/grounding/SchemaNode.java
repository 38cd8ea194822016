package io.fovea.grounding;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.InvalidRequestException;
import java.util.List;
import java.util.Set;

/**
 * A schema within a client's JSON schema. Keywords are asked for by name; {@link #only} refuses the
 * others, so that none is overlooked.
 *
 * @param root the whole document, which references lead into
 * @param json this part of it
 * @param pointer where it stands, as a JSON pointer
 * @param nullable whether null is allowed beside it
 */
record SchemaNode(JsonNode root, JsonNode json, String pointer, boolean nullable) {
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly");

  /** Keywords that stand for another schema. */
  private static final List<String> WRAPPERS = List.of("$ref", "allOf", "anyOf", "oneOf");

  private static final int MOST_WRAPPERS = 16; // one in another

  /** A whole document. */
  static SchemaNode of(JsonNode root) {
    return new SchemaNode(root, root, "", false).resolved();
  }

  /** The schema at a path below this one. */
  SchemaNode at(Object... path) {
    return child(path).resolved();
  }

  private SchemaNode child(Object... path) {
    JsonNode now = json;
    StringBuilder place = new StringBuilder(pointer);
    for (Object step : path) {
      now = step instanceof Integer index ? now.path(index) : now.path(step.toString());
      place.append('/').append(escaped(step.toString()));
    }
    return new SchemaNode(root, now, place.toString(), false);
  }

  private static String escaped(String step) {
    return step.replace("~", "~0").replace("/", "~1");
  }

  /** What references and wrappers of one schema lead to. */
  private SchemaNode resolved() {
    SchemaNode now = this;
    for (int i = 0; i < MOST_WRAPPERS; i++) {
      SchemaNode wrapped = now;
      String wrapper = WRAPPERS.stream().filter(now.json::has).findFirst().orElse(null);
      if (wrapper == null) {
        return now;
      }
      now.only(wrapper);
      now =
          switch (wrapper) {
            case "$ref" -> wrapped.referenced();
            case "allOf" -> wrapped.alone();
            default -> wrapped.besideNull(wrapper);
          };
    }
    throw unfit("its references lead in a circle");
  }

  private SchemaNode referenced() {
    String reference = json.path("$ref").asText();
    if (!reference.equals("#") && !reference.startsWith("#/")) {
      throw unfit("'" + reference + "' is no path in it");
    }
    String target = reference.substring(1);
    return new SchemaNode(root, root.at(target), target, nullable);
  }

  private SchemaNode alone() {
    if (json.path("allOf").size() != 1) {
      throw refused("allOf", "only one schema is taken in it", "write them as one");
    }
    return child("allOf", 0).orNull(nullable);
  }

  /** The one schema that may be null instead. */
  private SchemaNode besideNull(String wrapper) {
    SchemaNode first = child(wrapper, 0).resolved();
    SchemaNode second = child(wrapper, 1).resolved();
    SchemaNode other = first.isNull() ? second : first;
    if (json.path(wrapper).size() == 1) {
      return first.orNull(nullable);
    }
    if (json.path(wrapper).size() != 2 || first.isNull() == second.isNull()) {
      throw refused(wrapper, "only one schema, beside null or alone, is taken in it", "give one");
    }
    if (wrapper.equals("oneOf") && other.allowsNull()) {
      throw refused(wrapper, "null is allowed twice, which oneOf forbids", "give anyOf");
    }
    return other.orNull(true);
  }

  private SchemaNode orNull(boolean more) {
    return new SchemaNode(root, json, pointer, nullable || more);
  }

  private boolean isNull() {
    if (!json.path("type").asText().equals("null")) {
      return false;
    }
    only("type");
    return true;
  }

  boolean has(String keyword) {
    return json.has(keyword);
  }

  JsonNode get(String keyword) {
    return json.path(keyword);
  }

  /** Whether values of this type are allowed by name. */
  boolean isA(String type) {
    JsonNode given = json.path("type");
    return given.isArray()
        ? given.valueStream().anyMatch(each -> each.asText().equals(type))
        : given.asText().equals(type);
  }

  boolean allowsNull() {
    return nullable || isA("null");
  }

  /**
   * Takes no keywords but these and those that only describe.
   *
   * @throws InvalidRequestException naming another
   */
  void only(String... keywords) {
    Set<String> known = Set.of(keywords);
    json.fieldNames()
        .forEachRemaining(
            name -> {
              boolean id = name.equals("$id") && pointer.isEmpty(); // elsewhere it moves references
              if (!id && !known.contains(name) && !ANNOTATIONS.contains(name)) {
                throw refused(name, "it cannot be kept to here", "leave it out");
              }
            });
  }

  /**
   * A number of things; {@code usual} where it is not given.
   *
   * @throws InvalidRequestException where it is none
   */
  int count(String keyword, int usual) {
    JsonNode value = json.path(keyword);
    if (value.isMissingNode()) {
      return usual;
    }
    double number = value.asDouble(-1);
    if (!value.isNumber() || number < 0 || number != Math.rint(number)) {
      throw refused(keyword, "it is no whole number from 0", "give one");
    }
    return (int) Math.min(number, Integer.MAX_VALUE);
  }

  /** It describes something else than boxes. */
  InvalidRequestException unfit(String problem) {
    return new InvalidRequestException(
        "the schema is not for boxes: at #" + pointer + ", " + problem,
        "give an object with one array, whose items have a label and left, top, right, bottom");
  }

  /** A keyword asks for what is not promised. */
  InvalidRequestException refused(String keyword, String why, String remedy) {
    return new InvalidRequestException(
        "the schema's #" + child(keyword).pointer + " is not supported: " + why, remedy);
  }
}
