package io.fovea.langchain4j;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import io.fovea.grounding.Region;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema that boxes can be written in: a list of objects, or an object whose only property
 * is such a list. An object has all of {@code left, top, right, bottom} (pixels of the picture) or
 * all of {@code x0, y0, x1, y1} (thousandths of its sides), and perhaps {@code label} or {@code
 * phrase}, and {@code confidence}. A single box is no such schema: it could not say that there is
 * none.
 */
final class BoxSchema {
  private static final Set<BoxField> PIXELS = EnumSet.range(BoxField.LEFT, BoxField.BOTTOM);
  private static final Set<BoxField> THOUSANDTHS = EnumSet.range(BoxField.X0, BoxField.Y1);

  /** A property of a box, and whether it is a whole number. */
  private record Property(BoxField field, boolean whole) {}

  private final @Nullable String list;
  private final List<Property> properties;

  private BoxSchema(@Nullable String list, List<Property> properties) {
    this.list = list;
    this.properties = properties;
  }

  /**
   * Reads a schema.
   *
   * @throws UnsupportedFeatureException where it is not for boxes, saying what is wrong
   */
  static BoxSchema of(JsonSchema schema) {
    JsonSchemaElement root = schema.rootElement();
    if (root instanceof JsonArraySchema array) {
      return new BoxSchema(null, box(array, Map.of()));
    }
    if (root instanceof JsonObjectSchema object
        && object.properties().size() == 1
        && object.properties().values().iterator().next() instanceof JsonArraySchema array) {
      String name = object.properties().keySet().iterator().next();
      return new BoxSchema(name, box(array, object.definitions()));
    }
    throw unsupported("its root is neither a list nor an object with one list");
  }

  private static List<Property> box(
      JsonArraySchema array, @Nullable Map<String, JsonSchemaElement> definitions) {
    JsonSchemaElement items = array.items();
    if (items instanceof JsonReferenceSchema reference && definitions != null) {
      items = definitions.get(reference.reference());
    }
    if (!(items instanceof JsonObjectSchema object)) {
      throw unsupported("the items of its list are no objects");
    }
    List<Property> properties = new ArrayList<>();
    Set<BoxField> fields = EnumSet.noneOf(BoxField.class);
    object
        .properties()
        .forEach(
            (name, element) -> {
              Property property = property(name, element);
              properties.add(property);
              fields.add(property.field());
            });
    if (!fields.containsAll(PIXELS) && !fields.containsAll(THOUSANDTHS)) {
      throw unsupported("a box lacks edges");
    }
    return properties;
  }

  private static Property property(String name, JsonSchemaElement element) {
    BoxField field = BoxField.named(name);
    boolean whole = element instanceof JsonIntegerSchema;
    boolean number = whole || element instanceof JsonNumberSchema;
    if (field == null) {
      throw unsupported("'" + name + "' is no property of a box");
    }
    if (field.isText() ? !(element instanceof JsonStringSchema) : !number) {
      throw unsupported("'" + name + "' is no " + (field.isText() ? "string" : "number"));
    }
    if (field == BoxField.CONFIDENCE && whole) {
      throw unsupported("'confidence' is between 0 and 1, not whole");
    }
    return new Property(field, whole);
  }

  private static UnsupportedFeatureException unsupported(String problem) {
    return new UnsupportedFeatureException(
        "the response's schema is not for boxes: "
            + problem
            + "; ask for a list of objects with left, top, right, bottom (pixels) or x0, y0, x1, y1"
            + " (thousandths), and perhaps label or phrase, and confidence");
  }

  /** Whether boxes must have a confidence, which only those that were located have. */
  boolean wantsConfidence() {
    return properties.stream().anyMatch(each -> each.field() == BoxField.CONFIDENCE);
  }

  /** The boxes in JSON that fits the schema. */
  String write(List<Region> regions) {
    ArrayNode boxes = JsonNodeFactory.instance.arrayNode();
    for (Region region : regions) {
      ObjectNode box = boxes.addObject();
      properties.forEach(each -> each.field().write(region, each.whole(), box));
    }
    return list == null
        ? boxes.toString()
        : JsonNodeFactory.instance.objectNode().set(list, boxes).toString();
  }
}
