package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Random schemas and random boxes: a schema is refused, or what is written is valid by another
 * implementation of JSON Schema.
 */
class BoxSchemaPropertyTest {
  private static final long SEED = 20_26;
  private static final int SCHEMAS = 4000;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> PHRASES = List.of("cat", "a dog", "\"Ü🦊\"", "");
  private static final List<String> TYPES =
      List.of("\"number\"", "\"integer\"", "[\"number\",\"null\"]", "[\"integer\",\"string\"]");
  private static final List<String> KEYWORDS =
      List.of(
          "\"minimum\":0",
          "\"minimum\":5",
          "\"maximum\":1",
          "\"maximum\":1000",
          "\"exclusiveMinimum\":-0.5",
          "\"exclusiveMaximum\":999",
          "\"multipleOf\":1",
          "\"multipleOf\":0.25",
          "\"enum\":[\"cat\",\"a dog\",0,20]",
          "\"const\":\"cat\"",
          "\"minLength\":1",
          "\"maxLength\":4",
          "\"pattern\":\"^c\"",
          "\"minItems\":0",
          "\"minItems\":4",
          "\"maxItems\":1",
          "\"maxItems\":4",
          "\"uniqueItems\":true",
          "\"minProperties\":2",
          "\"additionalProperties\":false",
          "\"not\":{\"const\":20}",
          "\"if\":true,\"then\":false",
          "\"title\":\"T\"",
          "\"items\":false",
          "\"items\":{\"type\":\"integer\"}",
          "\"items\":{\"type\":\"number\",\"minimum\":0}",
          "\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"number\",\"maximum\":1000}]",
          "\"required\":[\"mood\"]",
          "\"mood\":1");

  private final Random random = new Random(SEED);

  private <T> T one(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  /** More keywords, mostly none. */
  private String more() {
    return once(4) ? "," + one(KEYWORDS) : "";
  }

  private String number() {
    String plain = "{\"type\":" + one(TYPES) + more() + more() + "}";
    return switch (random.nextInt(8)) {
      case 0 -> "{\"anyOf\":[" + plain + ",{\"type\":\"null\"}]" + more() + "}";
      case 1 -> "{\"oneOf\":[{\"type\":\"null\"}," + plain + "]}";
      case 2 -> "{\"allOf\":[" + plain + "]" + more() + "}";
      case 3 -> "{\"$ref\":\"#/$defs/number\"" + more() + "}";
      default -> plain;
    };
  }

  private Stream<String> named(String schema, String... names) {
    return Stream.of(names).map(name -> "\"" + name + "\":" + schema);
  }

  private String properties() {
    Stream<String> place =
        switch (random.nextInt(4)) {
          case 0 -> named("{\"type\":\"array\"" + more() + more() + "}", "box");
          case 1 -> named("{\"type\":\"array\"" + more() + more() + "}", "bbox");
          case 2 -> named(number(), "x", "y", "width", "height");
          default -> named(number(), "x1", "y1", "x2", "y2");
        };
    Stream<String> label = named("{\"type\":\"string\"" + more() + more() + "}", "label");
    Stream<String> sure = named(number(), "score");
    Stream<String> all = Stream.concat(place, once(3) ? Stream.of() : label);
    return String.join(",", Stream.concat(all, once(2) ? Stream.of() : sure).toList());
  }

  private JsonNode schema() throws Exception {
    String required = once(3) ? ",\"required\":[\"score\"]" : "";
    String item =
        "{\"type\":\"object\",\"properties\":{" + properties() + "}" + required + more() + "}";
    String array = "{\"type\":\"array\",\"items\":" + item + more() + "}";
    String whole =
        once(2)
            ? array
            : "{\"type\":\"object\",\"properties\":{\"found\":" + array + "}" + more() + "}";
    ObjectNode root = (ObjectNode) MAPPER.readTree(whole);
    root.set("$defs", MAPPER.readTree("{\"number\":{\"type\":\"number\"" + more() + "}}"));
    return root;
  }

  private Region region() {
    int x = random.nextInt(1000);
    int y = random.nextInt(1000);
    Box box = new Box(x, y, x + random.nextInt(1000 - x), y + random.nextInt(1000 - y));
    Double sure = once(3) ? null : random.nextDouble();
    return Region.builder(box).phrase(one(PHRASES)).confidence(sure).build();
  }

  @Test
  void whatIsWrittenIsValid() throws Exception {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    int written = 0;
    int refused = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      JsonNode schema = schema();
      List<Region> regions = IntStream.range(0, random.nextInt(5)).mapToObj(n -> region()).toList();
      ImageSize size = new ImageSize(1 + random.nextInt(3000), 1 + random.nextInt(3000));
      try {
        String json = BoxSchema.of(schema.toString()).write(regions, size);
        assertThat(registry.getSchema(schema).validate(MAPPER.readTree(json)))
            .as("seed %d, schema %d: %s wrote %s", SEED, i, schema, json)
            .isEmpty();
        written++;
      } catch (InvalidRequestException e) {
        assertThat(e.getMessage()).contains("#").contains("; ");
        refused++;
      }
    }
    assertThat(written).isGreaterThan(SCHEMAS / 10);
    assertThat(refused).isGreaterThan(SCHEMAS / 10);
  }
}
