package io.fovea.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Question.Reply;
import io.fovea.bench.load.Workload.Item;
import io.fovea.engine.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Questions of the workload, put to a server over HTTP. Safe for any number of threads. */
final class HttpClientSide {
  private static final String CHAT = "/v1/chat/completions";
  private static final String LOCATE = "/v1/locate";

  private final URI server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Scene> scenes;
  private final List<String> ids = new ArrayList<>();

  /** Uploads the pictures. */
  HttpClientSide(URI server, List<Scene> scenes) throws IOException, InterruptedException {
    this.server = server;
    this.scenes = scenes;
    for (Scene scene : scenes) {
      HttpResponse<String> stored = send("/v1/images", Map.of("image", dataUri(scene)));
      ids.add(Json.tree(stored.body()).at("/id").asText());
    }
  }

  private static String dataUri(Scene scene) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(scene.png());
  }

  private HttpRequest request(String path, Map<String, Object> body) {
    return HttpRequest.newBuilder(server.resolve(path))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
        .build();
  }

  private HttpResponse<String> send(String path, Map<String, Object> body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new RefusedException(response.statusCode());
    }
    return response;
  }

  /** A status that is no success. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RefusedException(int status) {
      super("status " + status);
    }
  }

  private Map<String, Object> locate(Item item, boolean upload) {
    String image = upload ? dataUri(scenes.get(item.picture())) : ids.get(item.picture());
    return Map.of("image", image, "phrase", item.question().text());
  }

  private Map<String, Object> chat(Item item, String task, boolean stream) {
    Map<String, Object> image =
        Map.of("type", "image_url", "image_url", Map.of("url", ids.get(item.picture())));
    Map<String, Object> text = Map.of("type", "text", "text", item.question().text());
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("messages", List.of(Map.of("role", "user", "content", List.of(image, text))));
    body.put("stream", stream);
    body.put("fovea", Map.of("task", task));
    return body;
  }

  /** Puts a question and waits for its answer; a picture to encode is uploaded with it. */
  Reply put(Item item) throws IOException, InterruptedException {
    Kind kind = item.question().kind();
    return switch (kind) {
      case ENCODE, LOCATE -> {
        JsonNode body = Json.tree(send(LOCATE, locate(item, kind == Kind.ENCODE)).body());
        yield reply(body.at("/results/0/text").asText(), body.at("/results/0/regions"));
      }
      case ASK -> {
        JsonNode choice = Json.tree(send(CHAT, chat(item, "ask", false)).body()).at("/choices/0");
        yield reply(choice.at("/message/content").asText(), choice.at("/fovea/regions"));
      }
      case CAPTION -> streamed(request(CHAT, chat(item, "caption", true)), Integer.MAX_VALUE);
      case CHAT -> throw new IllegalArgumentException("its prompt form is none of the server's");
    };
  }

  /** Reads a stream of events, or the first {@code most} of them, and then leaves. */
  private Reply streamed(HttpRequest request, int most) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      response.body().close();
      throw new RefusedException(response.statusCode());
    }
    StringBuilder text = new StringBuilder();
    List<JsonNode> regions = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      int events = 0;
      for (String line = lines.readLine(); line != null && events < most; line = lines.readLine()) {
        if (line.startsWith("data: {")) {
          take(Json.tree(line.substring("data: ".length())), text, regions);
          events++;
        }
      }
    }
    return reply(text.toString(), regions);
  }

  private static void take(JsonNode chunk, StringBuilder text, List<JsonNode> regions) {
    JsonNode choice = chunk.at("/choices/0");
    text.append(choice.at("/delta/content").asText(""));
    choice.at("/fovea/regions").forEach(regions::add);
  }

  private static Reply reply(String text, Iterable<JsonNode> regions) {
    List<String> boxes = new ArrayList<>();
    regions.forEach(region -> boxes.add(box(region)));
    return new Reply(text, boxes, Usage.builder().build());
  }

  private static String box(JsonNode region) {
    Object[] edges = region.at("/box").valueStream().map(JsonNode::asInt).toArray();
    return region.at("/phrase").asText()
        + String.format(Locale.ROOT, " [[%03d,%03d,%03d,%03d]]", edges);
  }

  /** Begins a request and leaves: a stream after some events, another after some milliseconds. */
  void leave(Item item, int after) throws IOException, InterruptedException {
    if (item.question().kind() == Kind.CAPTION) {
      streamed(request(CHAT, chat(item, "caption", true)), after);
      return;
    }
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request(LOCATE, Map.of("image", ids.get(item.picture()), "phrase", "the star")),
            HttpResponse.BodyHandlers.ofString());
    try {
      answer.get(after, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
    } catch (ExecutionException e) {
      throw new UncheckedIOException(new IOException(e.getCause()));
    }
  }

  /** Sends what is no request; returns the status. */
  int malformed(int variant) throws IOException, InterruptedException {
    String[] bodies = {"{", "{\"messages\": 1}", "{\"image\": \"img_x\", \"phrase\": 3}", "\u0000"};
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(variant % 2 == 0 ? CHAT : LOCATE))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(bodies[variant % bodies.length]))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
}
