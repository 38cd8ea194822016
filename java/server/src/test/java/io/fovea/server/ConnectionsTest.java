package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.engine.EncodeEvent;
import io.fovea.engine.EngineListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.StepEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that go, stall or come at the wrong time; a server that ends. */
@Timeout(120)
class ConnectionsTest {
  /** Steps that last, so that an answer is still being generated when something happens to it. */
  private static final EngineListener SLOW =
      new EngineListener() {
        @Override
        public void step(StepEvent event) {
          try {
            Thread.sleep(5);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      };

  /** Calls that wait have threads of their own: the engine delivers on the common pool. */
  private static <T> CompletableFuture<T> later(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call, task -> new Thread(task).start());
  }

  private static TestServer slow(UnaryOperator<ServerSettings.Builder> settings) {
    return new TestServer(engine -> engine.listener(SLOW), settings);
  }

  private static ObjectNode caption(boolean stream) {
    ObjectNode body = ChatTest.request("").put("stream", stream);
    body.putObject("fovea").put("task", "caption");
    return body;
  }

  private static String post(String path, String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        + body.length
        + "\r\n\r\n"
        + json;
  }

  private static String chat(boolean stream) {
    return post("/v1/chat/completions", caption(stream).toString());
  }

  @Test
  void whoGoesMidwayEndsTheAnswer() throws IOException {
    try (TestServer server = slow(settings -> settings)) {
      for (boolean stream : new boolean[] {true, false}) {
        long before = server.engine.stats().cancelled();
        long tokens = server.engine.stats().completionTokens();
        try (Socket socket = RawClient.of(server).connect()) {
          RawClient.write(socket, chat(stream));
          TestServer.await(() -> server.engine.stats().completionTokens() > tokens + 5);
        }
        TestServer.await(() -> server.engine.stats().cancelled() == before + 1);
        server.assertNothingLeaks();
        assertThat(server.engine.stats().completionTokens()).isLessThan(tokens + 120);
      }
      assertThat(server.get("/metrics").body()).contains("status=\"499\"");
    }
  }

  @Test
  void whoGoesBeforeAnAnswerBeginsNeedsNone() throws IOException {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    EngineListener stopping =
        new EngineListener() {
          @Override
          public void step(StepEvent event) {
            stopped.countDown();
            awaitLatch(released);
          }
        };
    try (TestServer server = new TestServer(engine -> engine.listener(stopping), s -> s)) {
      CompletableFuture<HttpResponse<String>> first =
          later(() -> server.post("/v1/chat/completions", caption(false).toString()));
      awaitLatch(stopped);
      try (Socket socket = RawClient.of(server).connect()) {
        String image = TestServer.dataUri(TestServer.picture(200, 100));
        RawClient.write(
            socket, post("/v1/locate", "{\"phrase\":\"x\",\"image\":\"" + image + "\"}"));
        TestServer.await(() -> requests(server) > 2); // the two, and this question
      }
      TestServer.await(() -> requests(server) < 3);
      released.countDown();
      assertThat(first.join().statusCode()).isEqualTo(200);
      TestServer.await(() -> server.engine.stats().cancelled() == 1);
      server.assertNothingLeaks();
      assertThat(server.engine.stats().completed()).isLessThan(4); // picture and caption
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double requests(TestServer server) {
    return gauge(server, "fovea_http_requests_active");
  }

  private static double gauge(TestServer server, String name) {
    return server
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
        .sum();
  }

  /** Wherever the network cuts a form, it is read the same. */
  @Test
  void formsArriveInAnyPieces() throws Exception {
    byte[] scene = TestServer.scene();
    String head =
        "--B0\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n"
            + "Content-Type: image/png\r\n\r\n";
    String model = "\r\n--B0\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nshapes";
    String end = "\r\n--B0--\r\n";
    String body = head + new String(scene, StandardCharsets.ISO_8859_1) + model + end;
    int fileEnd = head.length() + scene.length;
    try (TestServer server = TestServer.start()) {
      for (int cut = fileEnd - 2; cut < body.length(); cut++) {
        try (Socket socket = RawClient.of(server).connect()) {
          RawClient.write(
              socket,
              "POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                  + body.length()
                  + "\r\nContent-Type: multipart/form-data; boundary=B0\r\n\r\n"
                  + body.substring(0, cut));
          Thread.sleep(10); // two reads
          RawClient.write(socket, body.substring(cut));
          assertThat(RawClient.head(socket))
              .as("cut at %d", cut)
              .startsWith("HTTP/1.1 201")
              .contains("\"bytes\":" + scene.length + ",");
        }
      }
    }
  }

  @Test
  void aRequestThatIsRefusedBeginsNothing() {
    AtomicInteger encoded = new AtomicInteger();
    EngineListener counting =
        new EngineListener() {
          @Override
          public void encode(EncodeEvent event) {
            encoded.incrementAndGet();
          }
        };
    try (TestServer server = new TestServer(engine -> engine.listener(counting), s -> s)) {
      String image = "\"image\":\"" + TestServer.dataUri(TestServer.scene()) + "\"";
      for (String path : List.of("/v1/locate", "/v1/caption", "/v1/images")) {
        HttpResponse<String> refused = server.post(path, "{" + image + ",\"surprise\":1}");
        assertThat(refused.statusCode()).isEqualTo(400);
      }
      ObjectNode chat = ChatTest.request("x").put("surprise", 1);
      assertThat(server.post("/v1/chat/completions", chat.toString()).statusCode()).isEqualTo(400);
      assertThat(server.post("/v1/caption", "{" + image + "}").statusCode()).isEqualTo(200);
      assertThat(encoded).hasValue(1);
    }
  }

  @Test
  void slowHeadsAndBodiesAreNotWaitedFor() throws IOException {
    try (TestServer server =
        TestServer.start(
            settings ->
                settings
                    .headerTimeout(Duration.ofMillis(300))
                    .idleTimeout(Duration.ofMillis(300))
                    .bodyTimeout(Duration.ofMillis(300)))) {
      RawClient client = RawClient.of(server);
      try (Socket silent = client.connect();
          Socket head = client.connect();
          Socket body = client.connect();
          Socket idle = client.connect()) {
        RawClient.write(head, "GET /healthz HTTP/1.1\r\nHost: local");
        RawClient.write(body, chat(false).substring(0, 300));
        RawClient.write(idle, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(RawClient.head(idle)).startsWith("HTTP/1.1 200");
        assertThat(RawClient.head(body)).startsWith("HTTP/1.1 408");
        RawClient.awaitClose(silent);
        RawClient.awaitClose(head);
        RawClient.awaitClose(body);
        RawClient.awaitClose(idle);
      }
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
    }
  }

  /** A body that is announced and never sent takes no room from those that are sent. */
  @Test
  void announcedBodiesTakeNoRoom() throws IOException {
    try (TestServer server = TestServer.start(s -> s.bodyBytes(1 << 20).maxBodyBytes(1 << 20))) {
      try (Socket announced = RawClient.of(server).connect()) {
        RawClient.write(
            announced,
            "POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\nx");
        String image = TestServer.dataUri(TestServer.scene());
        assertThat(server.post("/v1/images", "{\"image\":\"" + image + "\"}").statusCode())
            .isEqualTo(201);
      }
      String large = "{\"user\":\"" + "x".repeat(900_000) + "\"}";
      assertThat(server.post("/v1/caption", large).statusCode()).isEqualTo(400);
      assertThat(server.post("/v1/caption", large).statusCode()).isEqualTo(400); // given back
    }
  }

  @Test
  void readersThatNeverReadHoldNothing() throws IOException {
    try (TestServer server = TestServer.start(s -> s.idleTimeout(Duration.ofMillis(300)))) {
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Socket socket = RawClient.of(server).connect();
        sockets.add(socket);
        RawClient.write(socket, chat(true));
      }
      TestServer.await(() -> server.engine.stats().completed() > 16);
      server.assertNothingLeaks();
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
      for (Socket socket : sockets) {
        RawClient.awaitClose(socket);
        socket.close();
      }
    }
  }

  /**
   * Whole answers, too, stay in memory until they are read: for so long, and as far as there is
   * room.
   */
  @Test
  void wholeAnswersThatNobodyReadsAreGivenUp() throws IOException {
    givesUp(settings -> settings.writeTimeout(Duration.ofMillis(500)).bodyBytes(1 << 30));
    givesUp(settings -> settings.bodyBytes(1 << 20).maxBodyBytes(1 << 20));
  }

  private static void givesUp(UnaryOperator<ServerSettings.Builder> settings) throws IOException {
    String request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try (TestServer server = TestServer.start(settings);
        Socket socket = RawClient.of(server).connect()) {
      RawClient.write(socket, request);
      assertThat(RawClient.head(socket)).startsWith("HTTP/1.1 200");
      assertThat(connections(server)).isEqualTo(2);
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  RawClient.write(socket, request.repeat(1000));
                } catch (IOException e) {
                  // closed while it still asked: as it should be
                }
              },
              task -> new Thread(task).start());
      TestServer.await(() -> connections(server) == 1);
      writing.join();
    }
  }

  /** How many are open; the client that asks keeps one. */
  private static double connections(TestServer server) {
    return gauge(server, "fovea_http_connections");
  }

  /** The second request comes with the first, and is answered long after it. */
  @Test
  void aRequestBehindAnotherIsNotIdle() throws IOException {
    try (TestServer server = slow(settings -> settings.idleTimeout(Duration.ofMillis(200)));
        Socket socket = RawClient.of(server).connect()) {
      RawClient.write(
          socket, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + chat(/* stream= */ false));
      StringBuilder all = new StringBuilder();
      while (!all.toString().contains("\"finish_reason\"")) {
        String more = RawClient.head(socket);
        assertThat(more).as("after %s", all).isNotEmpty();
        all.append(more);
      }
      assertThat(server.engine.stats().completionTokens()).isGreaterThan(40); // of 5 ms each
    }
  }

  @Test
  void aFullQueueSaysWhenToComeAgain() {
    try (TestServer server =
        new TestServer(
            engine -> engine.listener(SLOW).queueCapacity(1).maxRunning(1).maxBatch(1), s -> s)) {
      List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        boolean stream = i % 2 == 0;
        all.add(later(() -> server.post("/v1/chat/completions", caption(stream).toString())));
      }
      List<HttpResponse<String>> answers = all.stream().map(CompletableFuture::join).toList();
      assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200, 429);
      answers.stream()
          .filter(answer -> answer.statusCode() == 429)
          .forEach(
              answer -> {
                assertThat(answer.headers().firstValue("retry-after")).isPresent();
                assertThat(answer.body()).contains("rate_limit_error");
              });
      server.assertNothingLeaks();
    }
  }

  @Test
  void endsInGoodOrder() {
    try (TestServer server = slow(settings -> settings)) {
      CompletableFuture<HttpResponse<String>> running =
          later(() -> server.post("/v1/chat/completions", caption(true).toString()));
      TestServer.await(() -> server.engine.stats().completionTokens() > 5);
      CompletableFuture<Boolean> ended =
          later(() -> server.server.shutdown(Duration.ofSeconds(60)));
      TestServer.await(() -> server.get("/readyz").statusCode() == 503);
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(server.post("/v1/chat/completions", caption(false).toString()).statusCode())
          .isEqualTo(503);
      assertThat(running.join().body()).endsWith("data: [DONE]\n\n");
      assertThat(ended.join()).isTrue();
    }
  }

  @Test
  void aModelThatIsLoading() {
    CountDownLatch loaded = new CountDownLatch(1);
    FoveaServer server =
        FoveaServer.builder()
            .settings(ServerSettings.builder().port(0).build())
            .model(
                "late",
                listener -> {
                  awaitLatch(loaded);
                  return FoveaEngine.builder().model(TestServer.MODEL).build();
                })
            .start();
    try (TestServer client = TestServer.start()) {
      assertThat(client.getAt(server.uri().resolve("/readyz")).statusCode()).isEqualTo(503);
      HttpResponse<String> early = client.getAt(server.uri().resolve("/v1/images/img_x"));
      assertThat(early.statusCode()).isEqualTo(404);
      early = client.postAt(server.uri().resolve("/v1/caption"), "{\"image\": \"img_x\"}");
      assertThat(early.statusCode()).isEqualTo(503);
      assertThat(early.headers().firstValue("retry-after")).hasValue("1");
      HttpResponse<String> described = client.getAt(server.uri().resolve("/v1/models/late"));
      assertThat(described.statusCode()).isEqualTo(200);
      assertThat(described.body()).contains("\"status\":\"loading\"");
      loaded.countDown();
      server.ready().join();
      assertThat(client.getAt(server.uri().resolve("/readyz")).body()).isEqualTo("ready\n");
    } finally {
      server.close();
    }
  }

  @Test
  void aModelThatCannotBeLoaded() {
    FoveaServer server =
        FoveaServer.builder()
            .settings(ServerSettings.builder().port(0).build())
            .model(
                "made/up model",
                listener -> {
                  throw new ModelLoadException(
                      Path.of("/secret/config.json"), "hidden_size", "is missing", "fetch it");
                })
            .start();
    try (TestServer client = TestServer.start()) {
      assertThatThrownBy(() -> server.ready().join()).hasCauseInstanceOf(ModelLoadException.class);
      HttpResponse<String> ready = client.getAt(server.uri().resolve("/readyz"));
      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body()).isEqualTo("not loaded: made/up model\n");
      HttpResponse<String> asked =
          client.postAt(server.uri().resolve("/v1/caption"), "{\"image\": \"img_x\"}");
      assertThat(asked.statusCode()).isEqualTo(503);
      assertThat(asked.headers().firstValue("retry-after")).isEmpty(); // it will not get better
      assertThat(asked.body()).contains("\"model_not_loaded\"").doesNotContain("secret");
      HttpResponse<String> described =
          client.getAt(server.uri().resolve("/v1/models/made%2Fup%20model"));
      assertThat(described.statusCode()).as(described.body()).isEqualTo(200);
      assertThat(described.body()).contains("\"status\":\"failed\"", "\"id\":\"made/up model\"");
    } finally {
      server.close();
    }
  }

  @Test
  void anAddressOfTheNewerKind() throws IOException {
    assumeTrue(hasLoopback6(), "this machine has no IPv6: absent");
    try (TestServer server = TestServer.start(settings -> settings.host("0:0:0:0:0:0:0:1"))) {
      assertThat(server.get("/healthz").body()).isEqualTo("ok\n");
      assertThat(server.get("/v1/models").statusCode()).isEqualTo(200);
    }
  }

  private static boolean hasLoopback6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatCannotBeStarted() {
    assertThatThrownBy(() -> FoveaServer.builder().start())
        .isInstanceOf(InvalidRequestException.class);
    try (TestServer server = TestServer.start()) {
      int port = server.server.uri().getPort();
      assertThatThrownBy(() -> TestServer.start(settings -> settings.port(port)).close())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("--port");
      assertThatThrownBy(() -> TestServer.start(settings -> settings.host("0.0.0.0")).close())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("API key");
    }
  }
}
