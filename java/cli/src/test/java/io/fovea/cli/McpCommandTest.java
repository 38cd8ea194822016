package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.server.wire.FoundRegion;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real server in a process of its own, with the SDK's own client or bare lines. */
class McpCommandTest {
  private static final Path MODEL = BundledModel.directory();
  private static final Path SCENE = MODEL.resolve("demo/scene.png");
  private static final List<String> PHRASES = List.of("the star", "the red cow");
  private static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",\
      "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private static List<String> command(Object... arguments) {
    String paths =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "-Xmx512m", "-XX:+UseSerialGC", "-Dfovea.home=" + System.getProperty("fovea.home")));
    command.addAll(List.of("-cp", paths, "io.fovea.cli.Fovea", "mcp"));
    List.of(arguments).forEach(each -> command.add(each.toString()));
    return command;
  }

  private static McpSyncClient client(Object... arguments) {
    List<String> command = command(arguments);
    ServerParameters server =
        ServerParameters.builder(command.get(0)).args(command.subList(1, command.size())).build();
    var transport =
        new StdioClientTransport(server, new JacksonMcpJsonMapper(new JsonMapper()), 32 << 20);
    return McpClient.sync(transport).requestTimeout(Duration.ofSeconds(60)).build();
  }

  private static CallToolResult call(
      McpSyncClient client, String tool, Map<String, Object> arguments) {
    return client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
  }

  private static String text(CallToolResult result) {
    return ((TextContent) result.content().get(0)).text();
  }

  private static JsonNode structured(CallToolResult result) {
    assertThat(result.isError()).as(text(result)).isFalse();
    return new JsonMapper().valueToTree(result.structuredContent());
  }

  private static JsonNode json(Object facts) {
    return new JsonMapper().valueToTree(Json.map(Map.of("facts", facts))).get("facts");
  }

  @Test
  void itAnswersAsTheEngineDoes() throws IOException {
    try (McpSyncClient client = client("--root", MODEL);
        FoveaEngine engine =
            FoveaEngine.builder().model(MODEL).promptTemplate(PromptTemplate.BASE).build();
        EncodedImage image = engine.encode(ImageInput.of(SCENE))) {
      assertThat(client.initialize().serverInfo().name()).isEqualTo("fovea");
      assertThat(client.listTools().tools())
          .extracting(tool -> tool.name())
          .containsExactlyInAnyOrder("locate", "ask", "caption", "annotate");

      JsonNode located =
          structured(call(client, "locate", Map.of("image", "demo/scene.png", "phrases", PHRASES)));
      assertThat(located.at("/image/width").asInt()).isEqualTo(image.size().width());
      for (int i = 0; i < PHRASES.size(); i++) {
        Grounding own = engine.locate(image, PHRASES.get(i));
        assertThat(located.at("/results/" + i))
            .isEqualTo(json(McpResults.Located.of(PHRASES.get(i), own)));
      }
      assertThat(located.at("/results/0/regions")).hasSize(1);
      assertThat(located.at("/results/1/absent").asBoolean()).isTrue();

      String question = "How many objects are there?";
      String data = Base64.getEncoder().encodeToString(Files.readAllBytes(SCENE));
      CallToolResult asked = call(client, "ask", Map.of("image_data", data, "question", question));
      assertThat(text(asked)).isEqualTo(engine.ask(image, question).text()).isEqualTo("6");
      assertThat(structured(asked).get("finish").asText()).isEqualTo("stop");

      JsonNode described =
          structured(
              call(client, "caption", Map.of("image_data", "data:image/png;base64," + data)));
      assertThat(described.get("text").asText()).isEqualTo(engine.caption(image).text());
      assertThat(described.get("regions"))
          .isEqualTo(json(FoundRegion.of(engine.caption(image).regions(), image.size())))
          .hasSize(6);

      CallToolResult annotated =
          call(
              client,
              "annotate",
              Map.of("image", SCENE.toString(), "phrases", List.of("the star"), "max_side", 100));
      assertThat(structured(annotated).get("regions")).hasSize(1);
      ImageContent picture = (ImageContent) annotated.content().get(1);
      assertThat(picture.mimeType()).isEqualTo("image/png");
      byte[] own =
          Annotation.png(
              new DecoderFlags().decoder().decode(ImageInput.of(SCENE)),
              engine.locate(image, "the star").regions(),
              100);
      assertThat(Base64.getDecoder().decode(picture.data())).isEqualTo(own);
    }
  }

  @Test
  void mistakesAreResultsThatNameThem() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Path outside = Files.copy(SCENE, folder.resolve("outside.png"));
    Files.copy(SCENE, inside.resolve("scene.png"));
    Files.createSymbolicLink(inside.resolve("link.png"), outside);
    Files.createSymbolicLink(inside.resolve("up"), folder);
    Files.createSymbolicLink(inside.resolve("near.png"), Path.of("scene.png"));
    Files.writeString(inside.resolve("text.png"), "no picture");
    String ask = "How many objects are there?";
    try (McpSyncClient client = client("--root", inside)) {
      client.initialize();
      Map<Map<String, Object>, String> mistakes =
          Map.ofEntries(
              Map.entry(Map.of("image", outside.toString()), "not in an allowed folder"),
              Map.entry(Map.of("image", "../outside.png"), "not in an allowed folder"),
              Map.entry(Map.of("image", "../absent.png"), "not in an allowed folder"),
              Map.entry(Map.of("image", "link.png"), "not in an allowed folder"),
              Map.entry(Map.of("image", "up/outside.png"), "not in an allowed folder"),
              Map.entry(Map.of("image", "/proc/self/environ"), "not in an allowed folder"),
              Map.entry(Map.of("image", "absent.png"), "there is no picture absent.png"),
              Map.entry(Map.of("image", "."), "is no plain file"),
              Map.entry(Map.of("image", "https://example.org/a.png"), "is a URL"),
              Map.entry(Map.of("image", "text.png"), "text.png"),
              Map.entry(Map.of(), "give either image"),
              Map.entry(Map.of("image", "scene.png", "image_data", "AAAA"), "give either image"),
              Map.entry(Map.of("image_data", "not base64!"), "is not base64"),
              Map.entry(Map.of("image_data", "AAAA"), "is not a JPEG"),
              Map.entry(Map.of("image", 7), "image"),
              Map.entry(Map.of("image", "scene.png", "max_new_tokens", 0), "max_new_tokens"),
              Map.entry(Map.of("image", "scene.png", "colour", "red"), "colour"));
      mistakes.forEach(
          (arguments, words) -> {
            Map<String, Object> all = new HashMap<>(arguments);
            all.put("question", ask);
            CallToolResult result = call(client, "ask", all);
            assertThat(result.isError()).as(arguments + ": " + text(result)).isTrue();
            assertThat(text(result)).contains(words).doesNotContain("internal error");
          });
      for (String name : List.of("scene.png", "near.png")) {
        assertThat(text(call(client, "ask", Map.of("image", name, "question", ask))))
            .isEqualTo("6");
      }
    }
  }

  @Test
  void aModelThatDoesNotLoadIsToldByTheTools() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    try (McpSyncClient client = client("--model", folder, "--root", MODEL)) {
      client.initialize();
      CallToolResult result = call(client, "caption", Map.of("image", "demo/scene.png"));
      assertThat(result.isError()).isTrue();
      assertThat(text(result)).contains("model.safetensors", "is missing");
    }
  }

  private Process start() throws IOException {
    return new ProcessBuilder(command("--root", MODEL, "--verbose"))
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  /** What is no message is answered, every request is, and nothing else is printed. */
  @Test
  void standardOutputIsNothingButTheProtocol() throws Exception {
    String input =
        INITIALIZE
            + """

            garbage
            []
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"caption","arguments":{"image":"demo/scene.png"}}}
            {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"sing","arguments":{}}}
            {"jsonrpc":"2.0","id":4,"method":"sing"}
            {"jsonrpc":"2.0","id":5,"method":"ping"}
            """;
    Process process = start();
    List<String> answers = new ArrayList<>();
    try (var stdin = process.getOutputStream();
        var stdout = process.inputReader(StandardCharsets.UTF_8)) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
      stdin.write(new byte[(64 << 20) + 1]); // too long
      stdin.write('\n');
      stdin.flush();
      for (int i = 0; i < 8; i++) {
        answers.add(stdout.readLine());
      }
      stdin.close();
      assertThat(stdout.readLine()).isNull();
    }
    assertThat(process.waitFor()).isZero();
    List<Integer> ids = new ArrayList<>();
    List<Integer> refused = new ArrayList<>();
    for (String line : answers) {
      JsonNode message = new JsonMapper().readTree(line);
      assertThat(message.get("jsonrpc").asText()).isEqualTo("2.0");
      if (message.get("id").isNull()) {
        refused.add(message.at("/error/code").asInt());
      } else {
        ids.add(message.get("id").asInt());
      }
    }
    assertThat(refused).containsExactly(-32700, -32600, -32600);
    assertThat(ids).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
  }

  /** Those that are running are given up. */
  @Test
  void theProcessEndsWithItsInput() throws Exception {
    String phrases = "\"the star\",".repeat(63) + "\"the star\"";
    String call =
        """
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"locate","arguments":{"image":"demo/scene.png","phrases":[%s]}}}
        {}
        """
            .formatted(phrases);
    Process process = start();
    try (var stdin = process.getOutputStream()) {
      stdin.write((INITIALIZE + call).getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(out.lines()).hasSize(2);
    assertThat(Files.readString(folder.resolve("err"))).doesNotContain("Exception");
  }

  @Test
  void foldersAreCheckedAtTheStart() {
    Invocation run = Invocation.of("mcp", "--root", folder.resolve("absent"));
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("there is no folder", "--root").hasLineCount(1);
  }
}
