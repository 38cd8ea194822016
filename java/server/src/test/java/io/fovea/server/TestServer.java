package io.fovea.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.engine.Device;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.FoveaEngine;
import io.fovea.micrometer.EngineMetrics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import javax.imageio.ImageIO;

/** The bundled model behind a server of a free port, and a client of it. */
final class TestServer implements AutoCloseable {
  static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes");
  static final Path SCENE = MODEL.resolve("demo/scene.png");
  static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration HANG = Duration.ofSeconds(60);

  final FoveaEngine engine;
  final FoveaServer server;
  final HttpClient client = HttpClient.newHttpClient();

  TestServer(UnaryOperator<EngineBuilder> engine, UnaryOperator<ServerSettings.Builder> settings) {
    EngineMetrics metrics = new EngineMetrics("shapes");
    this.engine =
        engine
            .apply(FoveaEngine.builder().model(MODEL).device(Device.cpu()).listener(metrics))
            .build();
    try {
      server =
          FoveaServer.builder()
              .settings(settings.apply(ServerSettings.builder().port(0)).build())
              .model("shapes", this.engine, metrics)
              .start();
    } catch (RuntimeException e) {
      this.engine.close();
      throw e;
    }
  }

  static TestServer start() {
    return start(settings -> settings);
  }

  static TestServer start(UnaryOperator<ServerSettings.Builder> settings) {
    return new TestServer(engine -> engine, settings);
  }

  URI uri(String path) {
    return server.uri().resolve(path);
  }

  static byte[] scene() {
    return read(SCENE);
  }

  /** A PNG without anything on it. */
  static byte[] picture(int width, int height) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String dataUri(byte[] file) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(file);
  }

  HttpResponse<String> get(String path) {
    return getAt(uri(path));
  }

  HttpResponse<String> getAt(URI uri) {
    return send(HttpRequest.newBuilder(uri).build());
  }

  HttpResponse<String> post(String path, String json) {
    return postAt(uri(path), json);
  }

  HttpResponse<String> postAt(URI uri, String json) {
    return send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode json(HttpResponse<String> response) {
    return json(response.body());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until something is so; fails where it never is. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + HANG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it never came to be");
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** All that requests took has come back. */
  void assertNothingLeaks() {
    await(() -> engine.stats().running() == 0 && engine.stats().waiting() == 0);
  }

  @Override
  public void close() {
    server.close();
    engine.close();
  }
}
