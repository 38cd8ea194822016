package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EngineListener;
import io.fovea.engine.StepEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Boxes of phrases as they are found: the same as all at once. */
@Timeout(120)
class LocateStreamTest {
  private static final List<String> PHRASES =
      List.of("the star", "the yellow car", "the orange circle");
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  private static ObjectNode request(List<String> phrases) {
    ObjectNode body =
        TestServer.JSON.createObjectNode().put("image", TestServer.dataUri(TestServer.scene()));
    phrases.forEach(body.putArray("phrases")::add);
    return body;
  }

  private static HttpResponse<String> streamed(ObjectNode body) {
    return server.post("/v1/locate", body.put("stream", true).toString());
  }

  /** Without times, and without what the prompt's tokens were taken from. */
  private static JsonNode timeless(JsonNode result) {
    ObjectNode copy = result.deepCopy();
    copy.remove("milliseconds");
    ((ObjectNode) copy.get("tokens")).remove("cached");
    return copy;
  }

  @Test
  void eachPhraseIsToldOnceAndThenAll() {
    HttpResponse<String> response = server.post("/v1/locate", request(PHRASES).toString());
    JsonNode whole = TestServer.json(response);
    List<JsonNode> events = ChatTest.events(streamed(request(PHRASES)));
    assertThat(events).hasSize(PHRASES.size() + 1);
    JsonNode last = events.get(PHRASES.size());
    assertThat(last.get("object").asText()).isEqualTo("fovea.locate");
    assertThat(last.get("image")).isEqualTo(whole.get("image"));
    assertThat(last.at("/usage/completion_tokens")).isEqualTo(whole.at("/usage/completion_tokens"));
    List<JsonNode> chunks = events.subList(0, PHRASES.size());
    assertThat(chunks)
        .allMatch(chunk -> chunk.get("object").asText().equals("fovea.locate.chunk"))
        .extracting(chunk -> chunk.get("index").asInt())
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, PHRASES.size()).boxed().toList());
    for (JsonNode chunk : chunks) {
      int index = chunk.get("index").asInt();
      assertThat(chunk.get("result")).isEqualTo(last.at("/results").get(index));
      assertThat(timeless(chunk.get("result")))
          .isEqualTo(timeless(whole.at("/results").get(index)));
    }
    assertThat(last.at("/results/0/regions")).hasSize(1);
  }

  @Test
  void tokensOfAllPhrasesTogether() {
    JsonNode whole = TestServer.json(server.post("/v1/locate", request(PHRASES).toString()));
    int generated = 0;
    for (JsonNode tokens : whole.get("results").findValues("tokens")) {
      generated += tokens.get("completion").asInt() + tokens.get("forced").asInt();
    }
    assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(generated);
  }

  @Test
  void aFormIsAnsweredInEventsToo() {
    String scene = new String(TestServer.scene(), StandardCharsets.ISO_8859_1);
    String form =
        "--x\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n12\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\nthe star\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n"
            + scene
            + "\r\n--x--\r\n";
    HttpResponse<String> response =
        server.send(
            HttpRequest.newBuilder(server.uri("/v1/locate"))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(HttpRequest.BodyPublishers.ofString(form, StandardCharsets.ISO_8859_1))
                .build());
    assertThat(ChatTest.events(response)).hasSize(2);
  }

  @Test
  void whatIsWrongIsRefusedAsUsual() {
    assertRefused(request(List.of("the star", " ")), "phrase");
    assertRefused(request(PHRASES).put("prompt", "Where?"), "prompt");
    assertThat(server.post("/v1/locate", request(PHRASES).put("prompt", "Where?").toString()))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(400);
  }

  /** By a status, or by an event where a sign of life came first. */
  private static void assertRefused(ObjectNode body, String word) {
    HttpResponse<String> refused = streamed(body);
    assertThat(refused.body()).contains("\"error\"", "invalid_request", word);
    assertThat(refused.body()).doesNotContain("[DONE]");
  }

  @Test
  void whatComesTooLateIsAnError() {
    HttpResponse<String> late = streamed(request(PHRASES).put("deadline_ms", 1));
    assertThat(late.body()).contains("\"code\":\"timeout\"").doesNotContain("[DONE]");
  }

  /** So slow that most phrases are not answered when the first is. */
  private static final class Slow implements EngineListener {
    @Override
    public void step(StepEvent event) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void whoGoesEndsTheWork() throws IOException, InterruptedException {
    List<String> many = IntStream.range(0, 40).mapToObj(i -> "the star " + i).toList();
    try (TestServer slow =
        new TestServer(engine -> engine.listener(new Slow()).maxRunning(1), settings -> settings)) {
      HttpRequest request =
          HttpRequest.newBuilder(slow.uri("/v1/locate"))
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      request(many).put("stream", true).put("presence", "skip").toString()))
              .build();
      try (InputStream in =
          slow.client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body()) {
        assertThat(in.read()).isNotNegative();
      }
      TestServer.await(() -> slow.engine.stats().cancelled() > 0);
      slow.assertNothingLeaks();
      assertThat(slow.engine.stats().completed()).isLessThan(many.size());
    }
  }
}
