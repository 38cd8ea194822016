package io.fovea.grounding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema that describes boxes, for clients that ask for an answer in a form of their own: an
 * array of objects with a box each, or an object with such an array. What a property means is told
 * by its name; {@code docs/API.md} lists them. Numbers are pixels of the picture, but those of a
 * property {@code box}, which are thousandths of its sides.
 */
public final class BoxSchema {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** What one property of a box's object holds, made from a region and the picture's size. */
  private interface Value {
    JsonNode of(Region region, ImageSize size);
  }

  private final @Nullable String array; // the property that holds the boxes; null for a bare array
  private final Map<String, Value> values;

  private BoxSchema(@Nullable String array, Map<String, Value> values) {
    this.array = array;
    this.values = values;
  }

  /**
   * Reads a schema.
   *
   * @throws InvalidRequestException where it is not for boxes, naming the property
   */
  public static BoxSchema of(String schema) {
    JsonNode root;
    try {
      root = MAPPER.readTree(schema);
    } catch (JsonProcessingException e) {
      throw unfit("it is not JSON");
    }
    return new Reader(root).read();
  }

  private static InvalidRequestException unfit(String problem) {
    return new InvalidRequestException(
        "the schema is not for boxes: " + problem,
        "give an object with one array, whose items have a label and left, top, right, bottom");
  }

  /** The regions in this form, as JSON. */
  public String write(List<Region> regions, ImageSize size) {
    ArrayNode boxes = NODES.arrayNode();
    for (Region region : regions) {
      ObjectNode box = boxes.addObject();
      values.forEach((name, value) -> box.set(name, value.of(region, size)));
    }
    return (array == null ? boxes : NODES.objectNode().set(array, boxes)).toString();
  }

  /** Finds out what a schema's properties mean. */
  private static final class Reader {
    private static final int MOST_REFERENCES = 8;
    private final JsonNode root;

    Reader(JsonNode root) {
      this.root = root;
    }

    BoxSchema read() {
      JsonNode top = resolved(root);
      if (isA(top, "array")) {
        return new BoxSchema(null, item(top));
      }
      JsonNode properties = top.path("properties");
      if (properties.size() != 1) {
        throw unfit("the object has " + properties.size() + " properties and not one array alone");
      }
      String name = properties.fieldNames().next();
      JsonNode array = resolved(properties.path(name));
      if (!isA(array, "array")) {
        throw unfit("'" + name + "' is no array");
      }
      return new BoxSchema(name, item(array));
    }

    /** Follows references within the schema. */
    private JsonNode resolved(JsonNode node) {
      JsonNode now = node;
      for (int i = 0; i < MOST_REFERENCES && now.has("$ref"); i++) {
        String reference = now.path("$ref").asText();
        if (!reference.equals("#") && !reference.startsWith("#/")) {
          throw unfit("'" + reference + "' is no path in it");
        }
        now = root.at(reference.substring(1));
      }
      return now;
    }

    private static boolean isA(JsonNode node, String type) {
      JsonNode given = node.path("type");
      return given.isArray()
          ? given.valueStream().anyMatch(each -> each.asText().equals(type))
          : given.asText().equals(type);
    }

    private Map<String, Value> item(JsonNode array) {
      JsonNode item = resolved(array.path("items"));
      if (!isA(item, "object") || item.path("properties").isEmpty()) {
        throw unfit("the array's items are no objects with properties");
      }
      Map<String, Value> values = new LinkedHashMap<>();
      JsonNode properties = item.path("properties");
      Corners corners = Corners.among(properties);
      boolean placed = corners != null;
      for (Map.Entry<String, JsonNode> property : properties.properties()) {
        String name = property.getKey();
        JsonNode type = resolved(property.getValue());
        ToDoubleFunction<PixelBox> edge = corners == null ? null : corners.edge(name);
        Value value = edge != null ? number(type, name, edge) : other(type, name);
        placed |= edge == null && value != null && isA(type, "array");
        if (value != null) {
          values.put(name, value);
        } else if (item.path("required")
            .valueStream()
            .anyMatch(each -> each.asText().equals(name))) {
          throw unfit("nothing is known of '" + name + "'");
        }
      }
      if (!placed) {
        throw unfit("the items have no coordinates");
      }
      return values;
    }

    private static Value number(JsonNode type, String name, ToDoubleFunction<PixelBox> edge) {
      boolean whole = isA(type, "integer");
      if (!whole && !isA(type, "number")) {
        throw unfit("'" + name + "' is no number");
      }
      return (region, size) -> pixel(edge.applyAsDouble(region.toPixels(size)), whole);
    }

    /** To a tenth of a pixel, or whole. */
    private static JsonNode pixel(double value, boolean whole) {
      return whole
          ? NODES.numberNode(Math.round(value))
          : NODES.numberNode(Math.round(value * 10) / 10.0);
    }

    /** A property that is no edge; null where its name says nothing. */
    private @Nullable Value other(JsonNode type, String name) {
      return switch (name) {
        case "label", "phrase", "name", "text", "object", "class", "category" -> {
          if (!isA(type, "string")) {
            throw unfit("'" + name + "' is no string");
          }
          yield (region, size) -> NODES.textNode(region.phrase());
        }
        case "confidence", "score", "probability" ->
            (region, size) ->
                region.confidence() == null
                    ? NODES.nullNode()
                    : NODES.numberNode(Math.round(region.confidence() * 1e4) / 1e4);
        case "box" -> array(type, name, (region, size) -> numbers(region.box()));
        case "pixels", "bbox", "bounding_box", "boundingBox" ->
            array(type, name, (region, size) -> numbers(region.toPixels(size)));
        default -> null;
      };
    }

    private Value array(JsonNode type, String name, Value value) {
      if (!isA(type, "array")) {
        throw unfit("'" + name + "' is no array of four numbers");
      }
      return value;
    }

    private static ArrayNode numbers(Box box) {
      return NODES.arrayNode().add(box.x0()).add(box.y0()).add(box.x1()).add(box.y1());
    }

    private static ArrayNode numbers(PixelBox box) {
      return NODES
          .arrayNode()
          .add(pixel(box.left(), false))
          .add(pixel(box.top(), false))
          .add(pixel(box.right(), false))
          .add(pixel(box.bottom(), false));
    }
  }

  /** The ways in which four properties spell a box. */
  private record Corners(Map<String, ToDoubleFunction<PixelBox>> edges) {
    private static final List<Corners> ALL =
        List.of(
            edges("left", "top", "right", "bottom"),
            edges("x0", "y0", "x1", "y1"),
            edges("x1", "y1", "x2", "y2"),
            edges("xmin", "ymin", "xmax", "ymax"),
            edges("xMin", "yMin", "xMax", "yMax"),
            sides("left", "top"),
            sides("x", "y"));

    private static Corners edges(String left, String top, String right, String bottom) {
      return new Corners(
          Map.of(
              left, PixelBox::left,
              top, PixelBox::top,
              right, PixelBox::right,
              bottom, PixelBox::bottom));
    }

    private static Corners sides(String left, String top) {
      return new Corners(
          Map.of(
              left,
              PixelBox::left,
              top,
              PixelBox::top,
              "width",
              PixelBox::width,
              "height",
              PixelBox::height));
    }

    static @Nullable Corners among(JsonNode properties) {
      return ALL.stream()
          .filter(each -> each.edges().keySet().stream().allMatch(properties::has))
          .findFirst()
          .orElse(null);
    }

    @Nullable ToDoubleFunction<PixelBox> edge(String name) {
      return edges.get(name);
    }
  }
}
