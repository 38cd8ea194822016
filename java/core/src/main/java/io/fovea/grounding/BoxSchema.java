package io.fovea.grounding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema that describes boxes, for clients that ask for an answer in a form of their own: an
 * array of objects with a box each, or an object with such an array. What a property means is told
 * by its name; {@code docs/API.md} lists them, and which keywords are kept to: every other is
 * refused. Numbers are pixels of the picture, but those of a property {@code box}, which are
 * thousandths of its sides.
 */
public final class BoxSchema {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** What one property of a box's object holds; null where it is left out. */
  interface Value {
    @Nullable JsonNode of(Region region, ImageSize size);
  }

  private final @Nullable String array;
  private final int most;
  private final boolean unique;
  private final Map<String, Value> values;
  private final List<SchemaLabels> labels;
  private final @Nullable SchemaNode needsConfidence;

  /**
   * @param array the property that holds the boxes; null for a bare array
   * @param most boxes that are written
   * @param unique whether boxes that are written alike are written once
   * @param values by the names of their properties
   * @param labels what is allowed as such
   * @param needsConfidence where every box must have one; null where it need not
   */
  BoxSchema(
      @Nullable String array,
      int most,
      boolean unique,
      Map<String, Value> values,
      Collection<SchemaLabels> labels,
      @Nullable SchemaNode needsConfidence) {
    this.array = array;
    this.most = most;
    this.unique = unique;
    this.values = new LinkedHashMap<>(values);
    this.labels = List.copyOf(labels);
    this.needsConfidence = needsConfidence;
  }

  /**
   * Reads a schema.
   *
   * @throws InvalidRequestException where it is not for boxes, or demands what they may not keep
   *     to, naming the place in it
   */
  public static BoxSchema of(String schema) {
    try {
      return BoxSchemaReader.read(MAPPER.readTree(schema));
    } catch (JsonProcessingException e) {
      throw new InvalidRequestException(
          "the schema is not for boxes: it is not JSON", "give a JSON schema");
    }
  }

  /**
   * Before they are located: every phrase may be a label.
   *
   * @throws InvalidRequestException where one may not
   */
  public void requireLocatable(List<String> phrases) {
    labels.forEach(allowed -> phrases.forEach(allowed::require));
  }

  /**
   * Before a picture is described: the schema allows any label, and boxes without a confidence,
   * which those of a text are.
   *
   * @throws InvalidRequestException where it does not
   */
  public void requireDescribable() {
    labels.forEach(SchemaLabels::requireNoLimits);
    if (needsConfidence != null) {
      throw unsure(needsConfidence);
    }
  }

  private static InvalidRequestException unsure(SchemaNode node) {
    return node.refused(
        "type",
        "a box that is read from text has no confidence",
        "allow null, too, or do not require it");
  }

  /**
   * The regions in this form, as JSON that the schema allows: the first of them, where it allows
   * fewer.
   *
   * @throws InvalidRequestException where it allows a region's label not, or not that it has no
   *     confidence; {@link #requireLocatable} and {@link #requireDescribable} tell that beforehand
   */
  public String write(List<Region> regions, ImageSize size) {
    Stream<ObjectNode> each = regions.stream().map(region -> box(region, size));
    ArrayNode boxes = NODES.arrayNode();
    (unique ? each.distinct() : each).limit(most).forEach(boxes::add);
    return (array == null ? boxes : NODES.objectNode().set(array, boxes)).toString();
  }

  private ObjectNode box(Region region, ImageSize size) {
    labels.forEach(allowed -> allowed.require(region.phrase()));
    if (needsConfidence != null && region.confidence() == null) {
      throw unsure(needsConfidence);
    }
    ObjectNode box = NODES.objectNode();
    values.forEach(
        (name, value) -> {
          JsonNode node = value.of(region, size);
          if (node != null) {
            box.set(name, node);
          }
        });
    return box;
  }
}
