package io.fovea.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused says which field, in OpenAI's form; nothing is dropped in silence. */
@Timeout(120)
class RefusalsTest {
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(settings -> settings.maxBodyBytes(1 << 20));
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  private static ObjectNode hello() {
    ObjectNode body = TestServer.JSON.createObjectNode();
    body.putArray("messages").addObject().put("role", "user").put("content", "hello");
    return body;
  }

  private static Arguments with(String param, String json) {
    ObjectNode body = hello();
    body.setAll((ObjectNode) TestServer.json(json));
    return Arguments.of(param, body.toString());
  }

  private static Arguments said(String param, String messages) {
    return Arguments.of(param, "{\"messages\": " + messages + "}");
  }

  static Stream<Arguments> wrongFields() {
    String system = "[{'role':'system','content':'x'},{'role':'assistant','content':'y'},";
    return Stream.of(
        with("n", "{\"n\": 2}"),
        with("temperature", "{\"temperature\": 2.5}"),
        with("temperature", "{\"temperature\": \"hot\"}"),
        with("top_p", "{\"top_p\": -1}"),
        with("seed", "{\"seed\": 1.5}"),
        with("max_tokens", "{\"max_tokens\": 0}"),
        with("max_tokens", "{\"max_tokens\": 5, \"max_completion_tokens\": 6}"),
        with("stop[1]", "{\"stop\": [\"a\", 3]}"),
        with("stream", "{\"stream\": \"yes\"}"),
        with("stream_options", "{\"stream_options\": {\"include_usage\": true}}"),
        with("stream_options.x", "{\"stream\": true, \"stream_options\": {\"x\": 1}}"),
        with("tools", "{\"tools\": [{\"type\": \"function\"}]}"),
        with("logit_bias", "{\"logit_bias\": {\"1\": 2}}"),
        with("frequency_penalty", "{\"frequency_penalty\": 0.5}"),
        with("response_format.type", "{\"response_format\": {\"type\": \"json_object\"}}"),
        with(
            "response_format",
            "{\"temperature\": 1, \"response_format\": {\"type\": \"json_schema\", \"json_schema\":"
                + " {\"schema\": {\"type\": \"array\", \"items\": {\"type\": \"object\","
                + " \"properties\": {\"box\": {\"type\": \"array\"}}}}}}}"),
        with("fovea.task", "{\"fovea\": {\"task\": \"dance\"}}"),
        with("fovea.x", "{\"fovea\": {\"x\": 1}}"),
        with("surprise", "{\"surprise\": true}"),
        said("messages", "[]"),
        said("messages", "[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]"),
        said("messages[0].role", system + "{'role':'user','content':'z'}]"),
        said("messages[0].content", "[{'role':'user'}]"),
        said("messages[0].content[0].type", "[{'role':'user','content':[{'type':'input_audio'}]}]"),
        said("messages[0].content[0].text", "[{'role':'user','content':[{'type':'text'}]}]"),
        said(
            "messages[0].content[0].image_url.url",
            "[{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:x,y'}}]}]"),
        said(
            "messages[0].content[0].image_url.url",
            "[{'role':'user','content':[{'type':'image_url','image_url':{'url':'http://a.b/c'}}]}]"),
        said(
            "messages[0].content[0].image_url.url",
            "[{'role':'user','content':[{'type':'image_url','image_url':{'url':'file:///etc'}}]}]"));
  }

  @ParameterizedTest
  @MethodSource("wrongFields")
  void namesTheField(String param, String body) {
    HttpResponse<String> response = server.post("/v1/chat/completions", body.replace('\'', '"'));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    JsonNode error = TestServer.json(response).at("/error");
    assertThat(error.at("/param").asText()).isEqualTo(param);
    assertThat(error.at("/type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.at("/message").asText()).isNotBlank().contains(";");
    assertThat(response.headers().firstValue("x-request-id")).isPresent();
  }

  @Test
  void unknownModelsAndPaths() {
    HttpResponse<String> model =
        server.post("/v1/chat/completions", hello().put("model", "gpt-4").toString());
    assertThat(model.statusCode()).isEqualTo(404);
    assertThat(TestServer.json(model).at("/error/code").asText()).isEqualTo("model_not_found");
    assertThat(server.get("/v2/none").statusCode()).isEqualTo(404);
    assertThat(server.get("/v1/images/img_none").statusCode()).isEqualTo(404);
    HttpResponse<String> method = server.get("/v1/chat/completions");
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.headers().firstValue("allow")).hasValue("POST");
  }

  @Test
  void bodiesOfAnotherTypeOrSize() {
    HttpRequest.Builder text =
        HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString(hello().toString()));
    assertThat(server.send(text.build()).statusCode()).isEqualTo(415);
    assertThat(server.post("/v1/chat/completions", "{").statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/chat/completions", "").statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/chat/completions", "[".repeat(100_000)).statusCode())
        .isEqualTo(400);
    HttpRequest.Builder latin =
        HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    hello().put("user", "\u00e9").toString().getBytes(ISO_8859_1)));
    assertThat(server.send(latin.build()).statusCode()).isEqualTo(400); // not UTF-8
    HttpResponse<String> twice =
        server.post("/v1/chat/completions", "{\"messages\": [], \"messages\": []}");
    assertThat(twice.statusCode()).isEqualTo(400);
    HttpResponse<String> large =
        server.post("/v1/chat/completions", hello().put("user", "x".repeat(2 << 20)).toString());
    assertThat(large.statusCode()).isEqualTo(413);
  }

  @Test
  void whatWouldTakeLongOrMuch() {
    RawClient raw = RawClient.of(server);
    String none = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    assertThat(raw.exchange(none)).startsWith("HTTP/1.1 400");
    HttpRequest.Builder boundary =
        HttpRequest.newBuilder(server.uri("/v1/images"))
            .header("Content-Type", "multipart/form-data; boundary=" + "-".repeat(71))
            .POST(HttpRequest.BodyPublishers.ofString("-".repeat(1000)));
    assertThat(server.send(boundary.build()).body()).contains("boundary");
    String part = "{'type':'image_url','image_url':{'url':'img_x'}}";
    String many = "[{'role':'user','content':[" + (part + ",").repeat(16) + part + "]}]";
    HttpResponse<String> pictures =
        server.post("/v1/chat/completions", ("{'messages':" + many + "}").replace('\'', '"'));
    assertThat(pictures.body()).contains("too_many_images");
    String empty = "{\"messages\":[" + "{},".repeat(60_000) + "{}]}";
    assertThat(server.post("/v1/chat/completions", empty).body()).contains("invalid_json");
    raw.exchange("ODDNESS /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(server.get("/metrics").body()).doesNotContain("ODDNESS");
  }

  @Test
  void picturesThatCannotBeRead() {
    String body = "{\"phrase\": \"x\", \"image\": \"data:image/png;base64,AAAA\"}";
    HttpResponse<String> response = server.post("/v1/locate", body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(TestServer.json(response).at("/error/code").asText()).isEqualTo("invalid_image");
    assertThat(server.post("/v1/locate", "{\"phrase\": \"x\"}").statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/caption", "{\"image\": \"img_gone\"}").statusCode()).isEqualTo(404);
  }

  /** A page elsewhere that points a name of its own at this machine is not served. */
  @Test
  void foreignNamesAndOrigins() {
    HttpRequest.Builder foreign =
        HttpRequest.newBuilder(server.uri("/v1/models")).header("Origin", "https://evil.example");
    assertThat(server.send(foreign.build()).statusCode()).isEqualTo(403);
    RawClient raw = RawClient.of(server);
    assertThat(raw.exchange("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    for (String spelt : List.of("[::1]", "[0:0:0:0:0:0:0:1]:80", "[0000::0001]")) {
      assertThat(raw.exchange("GET /v1/models HTTP/1.1\r\nHost: " + spelt + "\r\n\r\n"))
          .as(spelt)
          .startsWith("HTTP/1.1 200");
    }
    for (String other : List.of("[::2]", "[abc]", "[1:2]", "[::1", "[::1%lo]", "[:]")) {
      assertThat(raw.exchange("GET /v1/models HTTP/1.1\r\nHost: " + other + "\r\n\r\n"))
          .as(other)
          .startsWith("HTTP/1.1 421");
    }
    String own = "localhost:" + server.server.uri().getPort();
    assertThat(
            raw.exchange(
                "GET /v1/models HTTP/1.1\r\nHost: "
                    + own
                    + "\r\nOrigin: http://"
                    + own
                    + "\r\n\r\n"))
        .startsWith("HTTP/1.1 200");
  }

  /** One name, and nothing that only begins like it: proxies before the server read the same. */
  @Test
  void namesThatAreToBeReadInTwoWays() {
    RawClient raw = RawClient.of(server);
    String own = "Host: localhost\r\n";
    String foreign = "Host: evil.example\r\n";
    String line = "GET /v1/models HTTP/1.1\r\n";
    for (String hosts : List.of(own + foreign, foreign + own, own + own)) {
      assertThat(raw.exchange(line + hosts + "\r\n"))
          .startsWith("HTTP/1.1 400")
          .contains("invalid_host");
    }
    assertThat(raw.exchange(line + "Host: localhost:80@evil.example\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(raw.exchange(line + "Host: localhost:80\r\n\r\n")).startsWith("HTTP/1.1 200");
    String absolute = line.replace("/v1", "http://evil.example/v1"); // it counts, not the header
    assertThat(raw.exchange(absolute + own + "\r\n")).startsWith("HTTP/1.1 421");
    assertThat(raw.exchange(absolute.replace("evil.example", "localhost:80") + foreign + "\r\n"))
        .startsWith("HTTP/1.1 200");
  }

  @Test
  void aDeadlineThatPassed() {
    ObjectNode body = ChatTest.request("");
    body.putObject("fovea").put("task", "caption").put("deadline_ms", 1);
    HttpResponse<String> response = server.post("/v1/chat/completions", body.toString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(504);
  }
}
