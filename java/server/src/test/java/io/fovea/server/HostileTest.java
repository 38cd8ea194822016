package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Damaged requests: whatever comes, the server answers in time or closes, never fails, and keeps
 * nothing. {@code -Dfovea.hostile.requests=100000} sends more of them.
 */
@Timeout(3600)
class HostileTest {
  private static final int REQUESTS = Integer.getInteger("fovea.hostile.requests", 2000);
  private static final long SEED = Long.getLong("fovea.hostile.seed", 11);
  private static final int CLIENTS = 16;

  /** Of an answer; the version may be the request's own, damaged. */
  private static final Pattern STATUS = Pattern.compile("\\S* (\\d{3}) ");

  private static final List<String> SOUND = sound();

  private static List<String> sound() {
    String chat =
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\""
            + TestServer.dataUri(TestServer.picture(9, 7))
            + "\"}},{\"type\":\"text\",\"text\":\"Where is the star?\"}]}],\"max_tokens\":4";
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n"
            + new String(TestServer.picture(9, 7), StandardCharsets.ISO_8859_1)
            + "\r\n--b\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\nthe star\r\n--b--\r\n";
    return List.of(
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\r\n\r\n",
        post("/v1/chat/completions", "application/json", chat + "}"),
        post("/v1/chat/completions", "application/json", chat + ",\"stream\":true}"),
        chunked("/v1/chat/completions", chat + ",\"logprobs\":true}"),
        post("/v1/locate", "multipart/form-data; boundary=b", form),
        post("/v1/images", "multipart/form-data; boundary=b", form),
        post("/v1/caption", "multipart/form-data; boundary=b", form));
  }

  private static String post(String path, String type, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        + type
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String chunked(String path, String body) {
    String head = post(path, "application/json", body);
    String framed = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
    return head.substring(0, head.indexOf("Content-Length"))
        + "Transfer-Encoding: chunked\r\n\r\n"
        + framed;
  }

  /** One sound request with some damage. */
  private static String damaged(RandomGenerator random) {
    StringBuilder text = new StringBuilder(SOUND.get(random.nextInt(SOUND.size())));
    for (int i = random.nextInt(4); i >= 0; i--) {
      damage(text, random);
    }
    return text.toString();
  }

  private static void damage(StringBuilder text, RandomGenerator random) {
    int at = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), at + random.nextInt(1 << random.nextInt(1, 9)));
    switch (random.nextInt(9)) {
      case 0 -> text.delete(at, to);
      case 1 -> text.insert(at, text.substring(at, to));
      case 2 -> text.insert(at, (char) random.nextInt(256));
      case 3 -> text.setLength(Math.max(1, at));
      case 4 -> text.insert(at, "[{\"a\":".repeat(random.nextInt(1, 2000)));
      case 5 -> replace(text, "Content-Length: ", "Content-Length: " + random.nextInt(-9, 99));
      case 6 ->
          replace(
              text,
              "\r\n",
              random.nextBoolean()
                  ? "\n"
                  : "\r\nX: " + "y".repeat(random.nextInt(40_000)) + "\r\n");
      case 7 ->
          replace(
              text,
              "base64,",
              List.of("base64;", "base64,,", "base64,%", "").get(random.nextInt(4)));
      default ->
          replace(
              text,
              "HTTP/1.1\r\n",
              "HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n");
    }
  }

  private static void replace(StringBuilder text, String old, String with) {
    int at = text.indexOf(old);
    if (at >= 0) {
      text.replace(at, at + old.length(), with);
    }
  }

  /** Sends a request, whole or in pieces, and tells the status; "closed" where there is none. */
  private static String status(RawClient client, RandomGenerator random) throws IOException {
    try (Socket socket = client.connect()) {
      String request = damaged(random);
      int cut = random.nextInt(request.length() + 1);
      RawClient.write(socket, request.substring(0, cut));
      RawClient.write(socket, request.substring(cut));
      if (random.nextInt(8) == 0) {
        return "left"; // without reading
      }
      String head = RawClient.head(socket);
      Matcher status = STATUS.matcher(head);
      return head.isEmpty() ? "closed" : status.lookingAt() ? status.group(1) : "no HTTP";
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("neither answered nor closed", e);
    } catch (IOException e) {
      return "reset";
    }
  }

  @Test
  void neitherFailsNorHangsNorGrows() throws Exception {
    try (TestServer server =
        new TestServer(
            engine -> engine.queueCapacity(256),
            settings ->
                settings
                    .headerTimeout(Duration.ofMillis(200))
                    .bodyTimeout(Duration.ofMillis(200))
                    .idleTimeout(Duration.ofMillis(200))
                    .imageBytes(1 << 20)
                    .encodedBytes(0))) {
      send(server, 500); // what is made once
      long files = count("fd");
      long threads = count("task");
      long heap = usedHeap();
      Map<String, AtomicInteger> answers = send(server, REQUESTS);
      System.out.println("hostile requests, seed " + SEED + ": " + new TreeMap<>(answers));
      assertThat(answers.keySet()).doesNotContain("500", "502", "no HTTP");
      assertThat(answers).containsKeys("200", "201", "400", "404", "408", "431");
      server.assertNothingLeaks();
      TestServer.await(() -> server.engine.stats().openImages() == 0);
      TestServer.await(() -> count("fd") <= files + 8);
      assertThat(count("task")).isLessThan(threads + 32);
      assertThat(usedHeap()).isLessThan(heap + (32 << 20));
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
    }
  }

  private static Map<String, AtomicInteger> send(TestServer server, int requests) throws Exception {
    Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + i);
        all.add(
            clients.submit(
                () -> {
                  for (int n = 0; n < requests / CLIENTS; n++) {
                    String status = status(RawClient.of(server), random);
                    answers.computeIfAbsent(status, key -> new AtomicInteger()).incrementAndGet();
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      clients.shutdown();
    }
    return answers;
  }

  private static long count(String what) {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self", what))) {
      return entries.count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @SuppressWarnings("SystemGc")
  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
