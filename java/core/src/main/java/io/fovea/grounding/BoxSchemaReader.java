package io.fovea.grounding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fovea.InvalidRequestException;
import io.fovea.grounding.BoxSchema.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds out what the properties of a client's schema mean, and what it demands of them. */
final class BoxSchemaReader {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int EDGES = 4;
  private static final double ANY = Double.POSITIVE_INFINITY; // pictures are of any size

  private final Map<String, Value> values = new LinkedHashMap<>();
  private final Map<String, SchemaLabels> labels = new LinkedHashMap<>();
  private @Nullable SchemaNode needsConfidence;
  private boolean placed;

  static BoxSchema read(JsonNode schema) {
    return new BoxSchemaReader().root(SchemaNode.of(schema));
  }

  private BoxSchema root(SchemaNode root) {
    if (root.isA("array")) {
      return array(null, root);
    }
    if (root.has("type") && !root.isA("object")) {
      throw root.unfit("it is neither an object nor an array");
    }
    onlyObjects(root);
    JsonNode properties = root.get("properties");
    if (properties.size() != 1) {
      throw root.unfit("the object has " + properties.size() + " properties and not one array");
    }
    String name = properties.fieldNames().next();
    requireKnown(root, Set.of(name));
    SchemaNode array = root.at("properties", name);
    if (!array.isA("array")) {
      throw array.unfit("'" + name + "' is no array");
    }
    return array(name, array);
  }

  /** Nothing is written but what {@code properties} names, so more may be allowed or not. */
  private static void onlyObjects(SchemaNode node) {
    node.only("type", "properties", "required", "additionalProperties", "unevaluatedProperties");
    if (node.has("required") && !node.get("required").isArray()) {
      throw node.refused("required", "it is no array", "list the names of properties");
    }
  }

  private static void requireKnown(SchemaNode object, Set<String> known) {
    for (JsonNode name : object.get("required")) {
      if (!known.contains(name.asText())) {
        throw object.unfit("nothing is known of '" + name.asText() + "', which is required");
      }
    }
  }

  private BoxSchema array(@Nullable String name, SchemaNode array) {
    array.only("type", "items", "minItems", "maxItems", "uniqueItems");
    if (array.count("minItems", 0) > 0) {
      throw array.refused("minItems", "there may be nothing to find", "leave it out");
    }
    item(array.at("items"));
    return new BoxSchema(
        name,
        array.count("maxItems", Integer.MAX_VALUE),
        array.get("uniqueItems").asBoolean(),
        values,
        labels.values(),
        needsConfidence);
  }

  private void item(SchemaNode item) {
    JsonNode properties = item.get("properties");
    if (!item.isA("object") || properties.isEmpty()) {
      throw item.unfit("the array's items are no objects with properties");
    }
    onlyObjects(item);
    Set<String> required =
        item.get("required").valueStream().map(JsonNode::asText).collect(Collectors.toSet());
    BoxCorners corners = BoxCorners.among(properties::has);
    placed = corners != null;
    properties
        .fieldNames()
        .forEachRemaining(
            name -> {
              ToDoubleFunction<PixelBox> edge = corners == null ? null : corners.edges().get(name);
              Value value =
                  edge == null
                      ? other(item, name, required.contains(name))
                      : number(item.at("properties", name), name, edge);
              if (value != null) {
                values.put(name, value);
              }
            });
    requireKnown(item, values.keySet());
    if (!placed) {
      throw item.unfit("the items have no coordinates");
    }
  }

  private static Value number(SchemaNode node, String name, ToDoubleFunction<PixelBox> edge) {
    boolean whole = SchemaNumbers.whole(node, name, 0, ANY);
    return (region, size) -> pixel(edge.applyAsDouble(region.toPixels(size)), whole);
  }

  /** To a tenth of a pixel, or whole. */
  private static JsonNode pixel(double value, boolean whole) {
    return whole
        ? NODES.numberNode(Math.round(value))
        : NODES.numberNode(Math.round(value * 10) / 10.0);
  }

  /** A property that is no edge; null where its name says nothing. */
  private @Nullable Value other(SchemaNode item, String name, boolean required) {
    return switch (name) {
      case "label", "phrase", "name", "text", "object", "class", "category" -> {
        labels.put(name, new SchemaLabels(item.at("properties", name), name));
        yield (region, size) -> NODES.textNode(region.phrase());
      }
      case "confidence", "score", "probability" ->
          confidence(item.at("properties", name), name, required);
      case "box" -> {
        fourNumbers(item.at("properties", name), name, Box.MAX); // whole in any case
        yield (region, size) -> numbers(region.box());
      }
      case "pixels", "bbox", "bounding_box", "boundingBox" -> {
        boolean[] whole = fourNumbers(item.at("properties", name), name, ANY);
        yield (region, size) -> numbers(region.toPixels(size), whole);
      }
      default -> null;
    };
  }

  /** Null, or no value at all, for a region without. */
  private Value confidence(SchemaNode node, String name, boolean required) {
    if (SchemaNumbers.whole(node, name, 0, 1)) {
      throw node.unfit("'" + name + "' is whole, and no share of 1");
    }
    if (required && !node.allowsNull()) {
      needsConfidence = node;
    }
    return (region, size) -> {
      Double sure = region.confidence();
      if (sure != null) {
        return NODES.numberNode(Math.round(sure * 1e4) / 1e4);
      }
      return node.allowsNull() ? NODES.nullNode() : null;
    };
  }

  /**
   * Which of an array's four numbers must be whole.
   *
   * @param most that may come
   */
  private boolean[] fourNumbers(SchemaNode node, String name, double most) {
    if (!node.isA("array")) {
      throw node.unfit("'" + name + "' is no array of four numbers");
    }
    node.only("type", "items", "prefixItems", "additionalItems", "minItems", "maxItems");
    if (node.count("minItems", 0) > EDGES) {
      throw node.refused("minItems", "a box has four numbers", "give 4");
    }
    if (node.count("maxItems", EDGES) < EDGES) {
      throw node.refused("maxItems", "a box has four numbers", "give 4");
    }
    placed = true;
    boolean[] whole = new boolean[EDGES];
    for (int i = 0; i < EDGES; i++) {
      SchemaNode each = element(node, i);
      whole[i] = each != null && SchemaNumbers.whole(each, name, 0, most);
    }
    return whole;
  }

  /**
   * The schema of an array's element, as of 2020-12 or before; null where it may be anything.
   *
   * @throws InvalidRequestException where there may be none
   */
  private static @Nullable SchemaNode element(SchemaNode array, int index) {
    boolean old = array.get("items").isArray();
    String first = old ? "items" : "prefixItems";
    if (array.get(first).has(index)) {
      return array.at(first, index);
    }
    String rest = old ? "additionalItems" : "items";
    JsonNode given = array.get(rest);
    if (given.isBoolean() && !given.asBoolean()) {
      throw array.refused(rest, "a box has four numbers", "describe four");
    }
    return given.isObject() ? array.at(rest) : null;
  }

  private static ArrayNode numbers(Box box) {
    return NODES.arrayNode().add(box.x0()).add(box.y0()).add(box.x1()).add(box.y1());
  }

  private static ArrayNode numbers(PixelBox box, boolean[] whole) {
    return NODES
        .arrayNode()
        .add(pixel(box.left(), whole[0]))
        .add(pixel(box.top(), whole[1]))
        .add(pixel(box.right(), whole[2]))
        .add(pixel(box.bottom(), whole[3]));
  }
}
