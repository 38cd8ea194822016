package io.fovea.grounding;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/** Which labels a client's schema allows. */
final class SchemaLabels {
  private final SchemaNode node;
  private final int shortest;
  private final int longest;

  /**
   * @param node of the property that holds the label
   * @throws InvalidRequestException where it asks for more than lengths and listed values
   */
  SchemaLabels(SchemaNode node, String name) {
    if (!node.isA("string")) {
      throw node.unfit("'" + name + "' is no string");
    }
    node.only("type", "enum", "const", "minLength", "maxLength");
    if (node.has("enum") && !node.get("enum").isArray()) {
      throw node.refused("enum", "it is no array", "give one");
    }
    this.node = node;
    shortest = node.count("minLength", 0);
    longest = node.count("maxLength", Integer.MAX_VALUE);
  }

  /**
   * @throws InvalidRequestException where this is none, naming the keyword that says so
   */
  void require(String label) {
    int length = label.codePointCount(0, label.length());
    if (length < shortest) {
      throw forbidden("minLength", label);
    }
    if (length > longest) {
      throw forbidden("maxLength", label);
    }
    if (node.has("const") && !is(node.get("const"), label)) {
      throw forbidden("const", label);
    }
    if (node.has("enum") && node.get("enum").valueStream().noneMatch(each -> is(each, label))) {
      throw forbidden("enum", label);
    }
  }

  private static boolean is(JsonNode value, String label) {
    return value.isTextual() && value.textValue().equals(label);
  }

  private InvalidRequestException forbidden(String keyword, String label) {
    return new InvalidRequestException(
        "the schema's #" + node.pointer() + "/" + keyword + " forbids the label '" + label + "'",
        "labels are the phrases as they were asked for: ask for one that it allows");
  }

  /**
   * @throws InvalidRequestException unless every label is allowed
   */
  void requireNoLimits() {
    List<String> limits = new ArrayList<>(List.of("minLength", "maxLength", "const", "enum"));
    limits.removeIf(each -> !node.has(each));
    if (!limits.isEmpty()) {
      throw node.refused(
          limits.get(0), "a description names things in words of its own", "leave it out");
    }
  }
}
