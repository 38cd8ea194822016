package io.fovea.grounding;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.InvalidRequestException;
import java.util.Set;
import java.util.function.DoublePredicate;

/** Which numbers a client's schema allows. */
final class SchemaNumbers {
  private static final Set<String> FORMATS = Set.of("int32", "int64", "float", "double");

  private SchemaNumbers() {}

  /**
   * Whether numbers of a property must be whole.
   *
   * @param least that may come
   * @param most that may come; infinite where that depends on the picture
   * @throws InvalidRequestException where no number is allowed, or not every one that may come
   */
  static boolean whole(SchemaNode node, String name, double least, double most) {
    boolean integer = node.isA("integer");
    if (!integer && !node.isA("number")) {
      throw node.unfit("'" + name + "' is no number");
    }
    node.only(
        "type",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "format");
    bound(node, "minimum", each -> each <= least);
    bound(node, "exclusiveMinimum", each -> each < least);
    bound(node, "maximum", each -> each >= most);
    bound(node, "exclusiveMaximum", each -> each > most);
    bound(node, "multipleOf", each -> each == 1);
    if (node.has("format") && !FORMATS.contains(node.get("format").asText())) {
      throw node.refused("format", "it is no number's", "leave it out");
    }
    return integer || node.has("multipleOf");
  }

  private static void bound(SchemaNode node, String keyword, DoublePredicate kept) {
    JsonNode given = node.get(keyword);
    if (!given.isMissingNode() && !(given.isNumber() && kept.test(given.doubleValue()))) {
      throw node.refused(keyword, "numbers of boxes may be others", "leave it out");
    }
  }
}
