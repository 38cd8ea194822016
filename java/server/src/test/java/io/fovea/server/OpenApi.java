package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.TreeSet;

/** A description of an HTTP API, and what is said in it of answers. */
final class OpenApi {
  private static final String COMPONENT = "#/components/";

  private final JsonNode document;
  private final JsonNode closed; // its components, with no field but those described
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  OpenApi(JsonNode document) {
    this.document = document;
    closed = document.get("components").deepCopy();
    close(closed);
  }

  private static void close(JsonNode node) {
    if (node.has("properties") && !node.has("additionalProperties")) {
      ((ObjectNode) node).put("additionalProperties", false);
    }
    node.forEach(OpenApi::close);
  }

  /** Such as {@code GET /v1/models}. */
  Set<String> operations() {
    Set<String> all = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .propertyStream()
                    .filter(entry -> !entry.getKey().equals("parameters"))
                    .map(entry -> entry.getKey().toUpperCase(java.util.Locale.ROOT))
                    .forEach(method -> all.add(method + " " + path.getKey())));
    return all;
  }

  /** What is said of one. */
  JsonNode operation(String name) {
    String[] parts = name.split(" ");
    JsonNode found =
        document.path("paths").path(parts[1]).path(parts[0].toLowerCase(java.util.Locale.ROOT));
    assertThat(found.isMissingNode()).as(name).isFalse();
    return found;
  }

  /** Those that are said to give a status. */
  Set<String> declaring(int status) {
    Set<String> all = operations();
    all.removeIf(name -> !operation(name).path("responses").has(Integer.toString(status)));
    return all;
  }

  /** Follows a reference to a component. */
  private JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asText();
    return reference.startsWith(COMPONENT) ? document.at(reference.substring(1)) : node;
  }

  /** A value is of a schema, and has no field that the schema does not name. */
  void assertValid(JsonNode schema, JsonNode value) {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", closed);
    assertThat(registry.getSchema(whole).validate(value)).as(value.toString()).isEmpty();
  }

  /** An answer is one of those that the operation is said to give: status, head and body. */
  void assertDescribed(String operation, HttpResponse<String> response) {
    assertDescribed(operation, response.statusCode(), response.headers(), response.body());
  }

  /** The same for an answer that was read otherwise. */
  void assertDescribed(String operation, int code, HttpHeaders headers, String body) {
    String status = Integer.toString(code);
    JsonNode found = resolved(operation(operation).path("responses").path(status));
    assertThat(found.isMissingNode()).as(operation + ": " + status).isFalse();
    found
        .path("headers")
        .properties()
        .forEach(
            header -> {
              String value = headers.firstValue(header.getKey()).orElseThrow();
              JsonNode schema = resolved(header.getValue()).get("schema");
              boolean number = schema.path("type").asText().equals("integer");
              assertValid(schema, number ? TestServer.json(value) : TextNode.valueOf(value));
            });
    String type = headers.firstValue("content-type").orElseThrow().split(";")[0];
    JsonNode media = found.path("content").path(type);
    assertThat(media.isMissingNode()).as(operation + ": " + type).isFalse();
    switch (type) {
      case "application/json" -> assertValid(media.get("schema"), TestServer.json(body));
      case "text/event-stream" -> assertEventsValid(media, body);
      default -> assertValid(media.get("schema"), TextNode.valueOf(body));
    }
  }

  private void assertEventsValid(JsonNode media, String body) {
    for (String event : body.split("\n\n")) {
      if (event.equals("data: [DONE]")) {
        assertValid(media.get("x-event-data"), TextNode.valueOf("[DONE]"));
      } else if (event.startsWith("data: ")) {
        assertValid(media.get("x-event-data"), TestServer.json(event.substring(6)));
      } else {
        assertThat(event).startsWith(": ");
        assertValid(media.get("x-comment"), TestServer.json(event.substring(2)));
      }
    }
  }
}
