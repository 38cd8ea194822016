package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EngineListener;
import io.fovea.engine.StepEvent;
import io.fovea.server.api.Failures;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.HttpFront;
import io.fovea.server.http.Routes;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each status of /openapi.json is provoked at every operation: those that give it are those that
 * are said to, and whatever else comes is described, too.
 */
@Timeout(120)
class OpenApiStatusesTest {
  private static final String KEY = "Authorization: Bearer a-key-for-tests\r\n";
  private static final String CHAT = "POST /v1/chat/completions";
  private static final String LOCATE = "POST /v1/locate";
  private static final String JSON = "Content-Type: application/json\r\n";
  private static final int MOST_BODY = 1 << 20;
  private static TestServer server;
  private static OpenApi api;
  private static int pictures;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            settings -> settings.apiKeys(List.of("a-key-for-tests")).maxBodyBytes(MOST_BODY));
    api = new OpenApi(TestServer.json(server.get("/openapi.json")));
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  /** Sends every operation its provocation. */
  private static void assertDeclared(
      int status, RawClient client, Function<String, String> provocation) {
    Set<String> gave = new TreeSet<>();
    for (String operation : api.operations()) {
      RawClient.Answer answer = client.answer(provocation.apply(operation));
      api.assertDescribed(operation, answer.status(), answer.headers(), answer.body());
      if (answer.status() == status) {
        gave.add(operation);
      }
    }
    assertThat(gave).as("gave %d", status).isNotEmpty().isEqualTo(api.declaring(status));
  }

  private static void assertDeclared(int status, Function<String, String> provocation) {
    assertDeclared(status, RawClient.of(server), provocation);
  }

  /**
   * A request, after which the connection is closed.
   *
   * @param id in the path, where it has one
   * @param headers each with its end of line
   */
  private static String request(String operation, String id, String headers, String body) {
    return operation.replace("{id}", id)
        + " HTTP/1.1\r\nConnection: close\r\n"
        + (headers.contains("Host:") ? "" : "Host: localhost\r\n")
        + headers
        + "\r\n"
        + body;
  }

  /** The same with nothing in it that is at fault, unless the headers are. */
  private static String sound(String operation, String headers) {
    return withBody(operation, headers, body(operation));
  }

  private static String withBody(String operation, String headers, ObjectNode json) {
    String id =
        switch (operation.split(" ")[1]) {
          case "/v1/models/{id}" -> "shapes";
          case "/page/{id}" -> "page.css";
          default -> "none";
        };
    if (!operation.startsWith("POST")) {
      return request(operation, id, headers, "");
    }
    String body = json.toString(); // ASCII
    return request(
        operation, id, JSON + headers + "Content-Length: " + body.length() + "\r\n", body);
  }

  /** With a picture that no request had before: it is encoded anew. */
  private static ObjectNode body(String operation) {
    String picture = TestServer.dataUri(TestServer.picture(60 + pictures++, 40));
    if (operation.equals(CHAT)) {
      ObjectNode chat = ChatTest.request("the star");
      ((ObjectNode) chat.at("/messages/0/content/0/image_url")).put("url", picture);
      return chat;
    }
    ObjectNode body = TestServer.JSON.createObjectNode().put("image", picture);
    return operation.equals(LOCATE) ? body.put("phrase", "the star") : body;
  }

  @Test
  void ok() {
    assertDeclared(
        200,
        operation ->
            operation.contains("/v1/images/")
                ? request(operation, uploaded(), KEY, "")
                : sound(operation, KEY));
  }

  private static String uploaded() {
    String upload = sound("POST /v1/images", KEY);
    return TestServer.json(RawClient.of(server).answer(upload).body()).get("id").asText();
  }

  @Test
  void created() {
    assertDeclared(201, operation -> sound(operation, KEY));
  }

  /** A body that is at fault, also where none is taken. */
  @Test
  void badRequest() {
    assertDeclared(
        400, operation -> request(operation, "none", KEY + JSON + "Content-Length: 1\r\n", "{"));
  }

  @Test
  void unauthorized() {
    assertDeclared(401, operation -> sound(operation, ""));
    assertDeclared(401, operation -> sound(operation, "Authorization: Bearer wrong\r\n"));
  }

  @Test
  void forbidden() {
    assertDeclared(403, operation -> sound(operation, KEY + "Origin: https://other.example\r\n"));
  }

  @Test
  void notFound() {
    assertDeclared(
        404,
        operation ->
            operation.startsWith("POST")
                ? withBody(operation, KEY, body(operation).put("model", "none"))
                : request(operation, "none", KEY, ""));
  }

  @Test
  void bodyTimeout() {
    try (TestServer hasty = TestServer.start(s -> s.bodyTimeout(Duration.ofMillis(100)))) {
      assertDeclared(
          408,
          RawClient.of(hasty),
          operation ->
              operation.startsWith("POST")
                  ? request(operation, "none", JSON + "Content-Length: 9\r\n", "{")
                  : sound(operation, ""));
    }
  }

  @Test
  void tooLarge() {
    String length = "Content-Length: " + (MOST_BODY + 1) + "\r\n";
    assertDeclared(413, operation -> request(operation, "none", KEY + JSON + length, "{"));
  }

  /** Of a type or an encoding that is not read; where there is no body, neither is looked at. */
  @Test
  void unsupportedType() {
    assertDeclared(
        415, operation -> sound(operation, KEY).replace("application/json", "text/plain"));
    assertDeclared(415, operation -> sound(operation, KEY + "Content-Encoding: gzip\r\n"));
  }

  @Test
  void unknownHost() {
    try (TestServer open = TestServer.start()) { // without keys
      assertDeclared(
          421, RawClient.of(open), operation -> sound(operation, "Host: other.example\r\n"));
    }
  }

  /** An engine that stands still, with as many waiting as may; then its server drains. */
  @Test
  void queueFullAndUnavailable() throws InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    EngineListener stopping =
        new EngineListener() {
          @Override
          public void step(StepEvent event) {
            stopped.countDown();
            await(released);
          }
        };
    try (TestServer busy =
        new TestServer(
            engine -> engine.listener(stopping).queueCapacity(1).maxRunning(1).maxBatch(1),
            settings -> settings)) {
      RawClient client = RawClient.of(busy);
      try {
        List<CompletableFuture<RawClient.Answer>> filling =
            Stream.generate(() -> captioned(client)).limit(4).toList();
        await(stopped);
        // Nothing but a refusal ends meanwhile; after the first there is no room until the end.
        CompletableFuture.anyOf(filling.toArray(CompletableFuture[]::new)).join();
        assertDeclared(429, client, operation -> sound(operation, ""));
        Thread ending = new Thread(() -> busy.server.shutdown(Duration.ofSeconds(100)));
        ending.start();
        TestServer.await(() -> busy.get("/readyz").statusCode() == 503);
        assertDeclared(503, client, operation -> sound(operation, ""));
        released.countDown();
        assertThat(filling).extracting(answer -> answer.join().status()).containsOnly(200, 429);
        ending.join();
      } finally {
        released.countDown();
      }
    }
  }

  private static CompletableFuture<RawClient.Answer> captioned(RawClient client) {
    String request = sound("POST /v1/caption", "");
    return CompletableFuture.supplyAsync(
        () -> client.answer(request), task -> new Thread(task).start());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same routes, whose endpoints fail. */
  @Test
  void failed() {
    Endpoint failing =
        call -> {
          throw new IllegalStateException("made up, for a test");
        };
    Routes routes = new Routes();
    for (Routes.Route route : server.server.routes().all()) {
      if (route.keyed()) {
        routes.add(route.method(), route.path(), failing);
      } else {
        routes.addOpen(route.method(), route.path(), failing);
      }
    }
    ServerSettings settings = ServerSettings.builder().port(0).build();
    try (HttpFront front =
        new HttpFront(
            HttpFront.newVertx(), settings, routes, Failures::of, new SimpleMeterRegistry())) {
      assertDeclared(500, RawClient.at(front.start()), operation -> sound(operation, ""));
    }
  }

  /** No picture is encoded within a millisecond. */
  @Test
  void timeout() {
    assertDeclared(
        504,
        operation -> {
          ObjectNode body = body(operation);
          (operation.equals(CHAT) ? body.putObject("fovea") : body).put("deadline_ms", 1);
          return withBody(operation, KEY, body);
        });
  }
}
