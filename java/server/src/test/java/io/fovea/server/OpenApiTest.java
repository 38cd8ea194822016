package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.server.http.Routes;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What /openapi.json says of routes, keys and answers is so; statuses: {@link OpenApiStatusesTest}.
 */
@Timeout(120)
class OpenApiTest {
  private static final String KEY = "a-key-for-tests";
  private static final String CHAT = "POST /v1/chat/completions";
  private static final String LOCATE = "POST /v1/locate";
  private static TestServer server;
  private static OpenApi api;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            settings ->
                settings
                    .apiKeys(List.of(KEY))
                    .maxBodyBytes(1 << 20)
                    .imageBytes(TestServer.scene().length + 1000) // room for one
                    .heartbeat(Duration.ofMillis(1)));
    api = new OpenApi(TestServer.json(server.get("/openapi.json")));
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  private static HttpRequest.Builder request(String operation) {
    String[] parts = operation.split(" ");
    return HttpRequest.newBuilder(server.uri(parts[1]))
        .method(parts[0], HttpRequest.BodyPublishers.noBody())
        .header("Authorization", "Bearer " + KEY);
  }

  private static HttpRequest.Builder request(String operation, JsonNode body) {
    return request(operation)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
  }

  /** Sends a request, whose answer has this status and is as described. */
  private static HttpResponse<String> answer(
      String operation, int status, HttpRequest.Builder request) {
    HttpResponse<String> response = server.send(request.build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    api.assertDescribed(operation, response);
    return response;
  }

  private static ObjectNode chat(String text, Consumer<ObjectNode> change) {
    ObjectNode body = ChatTest.request(text);
    change.accept(body);
    return body;
  }

  private static ObjectNode picture() {
    return TestServer.JSON.createObjectNode().put("image", TestServer.dataUri(TestServer.scene()));
  }

  @Test
  void describesEveryRoute() {
    assertThat(api.operations())
        .isEqualTo(
            server.server.routes().all().stream()
                .map(route -> route.method() + " " + route.path())
                .collect(Collectors.toSet()));
  }

  @Test
  void asksForKeysWhereItSaysSo() {
    for (Routes.Route route : server.server.routes().all()) {
      String operation = route.method() + " " + route.path();
      JsonNode described = api.operation(operation);
      assertThat(described.has("security")).as(operation).isEqualTo(!route.keyed());
      assertThat(described.at("/responses/401").isMissingNode()).isEqualTo(!route.keyed());
    }
  }

  @Test
  void itsExamplesAreOfTheirSchemas() {
    for (String operation : api.operations()) {
      for (JsonNode media : api.operation(operation).at("/requestBody/content")) {
        Stream.concat(
                media.path("examples").valueStream().map(example -> example.get("value")),
                Stream.of(media.path("example")).filter(example -> !example.isMissingNode()))
            .forEach(example -> api.assertValid(media.get("schema"), example));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models", "/metrics", "/healthz", "/readyz", "/openapi.json", "/"})
  void whatTheServerSaysOfItself(String path) {
    answer("GET " + path, 200, request("GET " + path));
  }

  @Test
  void whatThePageLoads() {
    answer("GET /page/{id}", 200, request("GET /page/page.css"));
    answer("GET /page/{id}", 200, request("GET /page/page.js"));
    answer("GET /page/{id}", 200, request("GET /page/scene.png"));
    answer("GET /page/{id}", 404, request("GET /page/none.js"));
  }

  @Test
  void models() {
    answer("GET /v1/models/{id}", 200, request("GET /v1/models/shapes"));
    answer("GET /v1/models/{id}", 404, request("GET /v1/models/none"));
  }

  @Test
  void wholeAnswers() {
    answer(
        CHAT, 200, request(CHAT, chat("Where is the star?", body -> body.put("logprobs", true))));
    answer(
        CHAT, 200, request(CHAT, chat("Where is the star?", body -> body.put("temperature", 1))));
    answer(
        CHAT, 200, request(CHAT, chat("", body -> body.putObject("fovea").put("task", "caption"))));
    answer(CHAT, 200, request(CHAT, chat("the star", OpenApiTest::boxes)));
  }

  private static void boxes(ObjectNode body) {
    body.set(
        "response_format",
        TestServer.json(
            """
            {"type": "json_schema", "json_schema": {"name": "boxes", "schema": {"type": "array",
             "items": {"type": "object", "properties": {"label": {"type": "string"},
             "box": {"type": "array"}}}}}}
            """));
  }

  @Test
  void streams() {
    Consumer<ObjectNode> streamed =
        body ->
            body.put("stream", true)
                .put("logprobs", true)
                .put("temperature", 1)
                .putObject("stream_options")
                .put("include_usage", true);
    answer(CHAT, 200, request(CHAT, chat("Where is the star?", streamed)));
    answer(CHAT, 200, request(CHAT, chat("the star", body -> boxes(body.put("stream", true)))));
    ObjectNode caption = chat("", body -> body.put("stream", true));
    caption.putObject("fovea").put("task", "caption");
    assertThat(answer(CHAT, 200, request(CHAT, caption)).body()).contains("regions");
    ObjectNode locate = picture().put("stream", true);
    locate.putArray("phrases").add("the star").add("the yellow car");
    assertThat(answer(LOCATE, 200, request(LOCATE, locate)).body())
        .contains("fovea.locate.chunk", "[DONE]");
  }

  @Test
  void boxesAndDescriptions() {
    ObjectNode body = picture();
    body.putArray("phrases").add("the star").add("the yellow car");
    answer(LOCATE, 200, request(LOCATE, body));
    answer(LOCATE, 200, request(LOCATE, picture().put("phrase", "star").put("presence", "skip")));
    answer("POST /v1/caption", 200, request("POST /v1/caption", picture()));
  }

  @Test
  void uploads() {
    String upload = "POST /v1/images";
    HttpResponse<String> stored = answer(upload, 201, request(upload, picture()));
    answer(upload, 503, request(upload, picture())); // no room
    String path = "/v1/images/" + TestServer.json(stored).get("id").asText();
    answer("GET /v1/images/{id}", 200, request("GET " + path));
    answer("DELETE /v1/images/{id}", 200, request("DELETE " + path));
    answer("DELETE /v1/images/{id}", 404, request("DELETE " + path));
  }
}
