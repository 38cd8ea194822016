package io.fovea.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.engine.Device;
import io.fovea.engine.FoveaEngine;
import io.fovea.micrometer.EngineMetrics;
import io.fovea.server.ServerSettings;
import io.fovea.server.http.Call;
import io.fovea.server.http.HttpFront;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** /openapi.json has the fields that requests are read for: all of them, and no others. */
@Timeout(120)
class OpenApiRequestsTest {
  private static final String SCHEMAS = "#/components/schemas/";
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes");
  private static FoveaEngine engine;
  private static Vertx vertx;
  private static ServedModels models;
  private static Pictures pictures;
  private static JsonNode document;

  @BeforeAll
  static void start() throws IOException {
    EngineMetrics metrics = new EngineMetrics("shapes");
    metrics.bindTo(new SimpleMeterRegistry());
    engine = FoveaEngine.builder().model(MODEL).device(Device.cpu()).listener(metrics).build();
    vertx = HttpFront.newVertx();
    ServedModel model = new ServedModel("shapes", engine, metrics, 1 << 20);
    models = new ServedModels(Map.of("shapes", CompletableFuture.completedFuture(model)));
    pictures = new Pictures(vertx, ServerSettings.defaults());
    try (InputStream in = Assets.class.getResourceAsStream("openapi.json")) {
      document = Json.read(in.readAllBytes());
    }
  }

  @AfterAll
  static void stop() {
    models.loaded().forEach(ServedModel::close);
    engine.close();
    vertx.close();
  }

  private static Fields fields(String json) {
    return new Fields(Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
  }

  private static Set<String> properties(String schema) {
    return document
        .at("/components/schemas/" + schema + "/properties")
        .propertyStream()
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** Schemas with fields that a schema leads to, itself included. */
  private static Set<String> reached(String schema) {
    Set<String> seen = new TreeSet<>();
    reach(schema, seen);
    seen.removeIf(each -> properties(each).isEmpty());
    return seen;
  }

  private static void reach(String schema, Set<String> seen) {
    if (seen.add(schema)) {
      document.at("/components/schemas/" + schema).findValuesAsText("$ref").stream()
          .map(reference -> reference.substring(SCHEMAS.length()))
          .forEach(each -> reach(each, seen));
    }
  }

  private static void assertSame(Fields read, Map<String, String> schemas) {
    assertThat(read.asked().keySet()).isEqualTo(schemas.keySet());
    schemas.forEach(
        (path, schema) ->
            assertThat(read.asked().get(path)).as(schema).isEqualTo(properties(schema)));
  }

  @Test
  void chat() {
    Fields boxes =
        fields(
            """
            {'messages': [
               {'role': 'user', 'content': 'a'},
               {'role': 'assistant', 'content': [{'type': 'text', 'text': 'b'}]},
               {'role': 'user', 'content': [
                 {'type': 'text', 'text': 'c'},
                 {'type': 'image_url', 'image_url': {'url': 'img_x'}}]}],
             'fovea': {}, 'stream': true, 'stream_options': {},
             'response_format': {'type': 'json_schema', 'json_schema': {'schema': {
               'type': 'array', 'items': {'type': 'object', 'properties': {
                 'box': {'type': 'array'}}}}}}}
            """);
    ChatCall.of(boxes);
    Map<String, String> schemas =
        Map.ofEntries(
            Map.entry("", "ChatRequest"),
            Map.entry("fovea", "ChatTask"),
            Map.entry("stream_options", "StreamOptions"),
            Map.entry("response_format", "BoxFormat"),
            Map.entry("response_format.json_schema", "NamedSchema"),
            Map.entry("messages[0]", "UserMessage"),
            Map.entry("messages[1]", "AssistantMessage"),
            Map.entry("messages[1].content[0]", "TextPart"),
            Map.entry("messages[2]", "UserMessage"),
            Map.entry("messages[2].content[0]", "TextPart"),
            Map.entry("messages[2].content[1]", "ImagePart"),
            Map.entry("messages[2].content[1].image_url", "ImageUrl"));
    assertSame(boxes, schemas);

    Fields text =
        fields(
            """
            {'messages': [{'role': 'user', 'content': 'a'}], 'response_format': {'type': 'text'}}
            """);
    ChatCall.of(text);
    assertThat(text.asked().get("response_format")).isEqualTo(properties("TextFormat"));

    Set<String> compared = new TreeSet<>(schemas.values());
    compared.add("TextFormat");
    assertThat(reached("ChatRequest")).isEqualTo(compared);
  }

  @Test
  void locate() throws IOException {
    LocateEndpoint endpoint = new LocateEndpoint(models, pictures, Duration.ofSeconds(1));
    assertAsked("Locate", "{'phrase': 'the star'}", endpoint::answer);
  }

  @Test
  void caption() throws IOException {
    CaptionEndpoint endpoint = new CaptionEndpoint(models, pictures);
    assertAsked("Caption", "{}", endpoint::answer);
  }

  @Test
  void images() throws IOException {
    ImagesEndpoint endpoint = new ImagesEndpoint(models, pictures);
    assertAsked("Image", "{}", endpoint::upload);
  }

  /** JSON and forms have the same fields, which are those that the endpoint asks for. */
  private static void assertAsked(
      String name, String body, BiFunction<Call, Bodies.Input, CompletionStage<Reply>> endpoint)
      throws IOException {
    Fields fields = fields(body);
    byte[] scene = Files.readAllBytes(MODEL.resolve("demo/scene.png"));
    Call call =
        new Call(
            "test", null, "", "", new byte[0], List.of(), Duration.ofMinutes(1), new Patient());
    endpoint.apply(call, new Bodies.Input(fields, scene)).toCompletableFuture().join();
    assertSame(fields, Map.of("", name + "Request"));
    assertSame(fields, Map.of("", name + "Form"));
    assertThat(reached(name + "Request")).containsExactly(name + "Request");
  }

  /** A client that stays to the end. */
  private static final class Patient implements Call.Connection {
    @Override
    public void onClosed(Runnable action) {}

    @Override
    public void every(Duration interval, Runnable action) {}

    @Override
    public void takeRoom(long bytes) {}
  }
}
