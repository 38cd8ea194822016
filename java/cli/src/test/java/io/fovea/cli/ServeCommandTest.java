package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process: where its options come from, and how it ends. */
@Timeout(120)
class ServeCommandTest {
  private static final String HOME = System.getProperty("fovea.home");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private static Process serve(Map<String, String> environment, String... options)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-Dfovea.home=" + HOME));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.fovea.cli.Fovea", "serve"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Reads on until a line begins so; returns the rest of it. */
  private static String line(BufferedReader out, String beginning) throws IOException {
    StringBuilder read = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length());
      }
      read.append(line).append('\n');
    }
    throw new AssertionError("no '" + beginning + "' in:\n" + read);
  }

  @Test
  void takesOptionsFromEverywhereAndEndsInGoodOrder() throws Exception {
    Path keys = Files.writeString(folder.resolve("keys"), "# of tests\nfirst-key\nsecond-key\n");
    Path config =
        Files.writeString(
            folder.resolve("serve.properties"),
            "port = 1\nhost = 127.0.0.2\napi-key-file = " + keys + "\n");
    Map<String, String> environment = Map.of("FOVEA_PORT", "0", "FOVEA_HOST", "127.0.0.3");
    Process process =
        serve(environment, "--config", config.toString(), "--host=127.0.0.1", "--queue", "3");
    try (BufferedReader out = process.inputReader()) {
      URI uri = URI.create(line(out, "fovea: listening on "));
      assertThat(uri.getHost()).isEqualTo("127.0.0.1");
      assertThat(uri.getPort()).isGreaterThan(1);
      line(out, "fovea: ready");
      assertThat(status(uri.resolve("/readyz"), "")).isEqualTo(200);
      assertThat(status(uri.resolve("/v1/models"), "")).isEqualTo(401);
      assertThat(status(uri.resolve("/v1/models"), "second-key")).isEqualTo(200);
      process.toHandle().destroy(); // SIGTERM; this leaves the streams open
      line(out, "fovea: shutting down");
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  private static int status(URI uri, String key) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static void assertEnds(int code, String message, Map<String, String> env, String... args)
      throws Exception {
    Process process = serve(env, args);
    String out = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(out).isEqualTo(code);
    assertThat(out).contains(message);
  }

  @Test
  void saysWhatCannotBeServed() throws Exception {
    Path config = Files.writeString(folder.resolve("wrong"), "prot = 80\n");
    assertEnds(ExitCode.USAGE, "no option 'prot'", Map.of("FOVEA_CONFIG", config.toString()));
    assertEnds(ExitCode.USAGE, "'x'", Map.of("FOVEA_PORT", "x"));
    assertEnds(ExitCode.FAILED, "API key", Map.of(), "--host", "0.0.0.0", "--port", "0");
    assertEnds(ExitCode.FAILED, "two models", Map.of(), "-m", "a=" + HOME, "-m", "a=" + HOME);
    String broken = Files.createDirectory(folder.resolve("broken")).toString();
    assertEnds(ExitCode.FAILED, "model.safetensors", Map.of(), "--port", "0", "--model", broken);
  }
}
