package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Usage;
import io.fovea.image.ImageInput;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chat completions, whole and streamed: what the engine itself answers. */
@Timeout(120)
class ChatTest {
  private static TestServer server;
  private static Answer chat;
  private static Caption caption;

  @BeforeAll
  static void start() {
    server = TestServer.start();
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      chat = server.engine.chat(ChatRequest.about(image, "Where is the star?").build());
      caption = server.engine.caption(image);
    }
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  static ObjectNode request(String text) {
    ObjectNode body = TestServer.JSON.createObjectNode().put("model", "shapes");
    ArrayNode content =
        body.putArray("messages").addObject().put("role", "user").putArray("content");
    content
        .addObject()
        .put("type", "image_url")
        .putObject("image_url")
        .put("url", TestServer.dataUri(TestServer.scene()));
    content.addObject().put("type", "text").put("text", text);
    return body;
  }

  private static JsonNode completion(ObjectNode body) {
    HttpResponse<String> response = server.post("/v1/chat/completions", body.toString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return TestServer.json(response);
  }

  /** The events of a stream, without the last, which says that it is. */
  static List<JsonNode> events(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type"))
        .hasValue("text/event-stream; charset=utf-8");
    List<JsonNode> events = new ArrayList<>();
    List<String> data = response.body().lines().filter(line -> line.startsWith("data: ")).toList();
    assertThat(data).last().isEqualTo("data: [DONE]");
    data.subList(0, data.size() - 1)
        .forEach(line -> events.add(TestServer.json(line.substring("data: ".length()))));
    return events;
  }

  @Test
  void answersAsTheEngine() {
    JsonNode body = completion(request("Where is the star?"));
    JsonNode choice = body.at("/choices/0");
    assertThat(choice.at("/message/content").asText()).isEqualTo(chat.text());
    assertThat(choice.at("/finish_reason").asText()).isEqualTo("stop");
    assertThat(choice.at("/fovea/image/width").asInt()).isEqualTo(273);
    assertThat(body.at("/usage/completion_tokens").asInt())
        .isEqualTo(chat.usage().completionTokens());
  }

  @Test
  void captionsComeWithTheirBoxes() {
    ObjectNode body = request("");
    body.putObject("fovea").put("task", "caption");
    JsonNode choice = completion(body).at("/choices/0");
    assertThat(choice.at("/message/content").asText()).isEqualTo(caption.text());
    assertThat(choice.at("/fovea/plain_text").asText()).isEqualTo(caption.plainText());
    assertSameBoxes(choice.at("/fovea/regions"));
  }

  private static void assertSameBoxes(JsonNode regions) {
    assertThat(caption.regions()).isNotEmpty();
    assertThat(regions).hasSameSizeAs(caption.regions());
    for (int i = 0; i < regions.size(); i++) {
      assertThat(regions.get(i).at("/box/0").asInt())
          .isEqualTo(caption.regions().get(i).box().x0());
      assertThat(regions.get(i).at("/box/3").asInt())
          .isEqualTo(caption.regions().get(i).box().y1());
      JsonNode range = regions.get(i).at("/range");
      assertThat(
              caption
                  .plainText()
                  .substring(range.get(0).asInt(), range.get(1).asInt())
                  .toLowerCase(java.util.Locale.ROOT))
          .isEqualTo(caption.regions().get(i).phrase());
    }
  }

  @Test
  void streamsTheSame() {
    ObjectNode body = request("");
    body.putObject("fovea").put("task", "caption");
    body.put("stream", true).putObject("stream_options").put("include_usage", true);
    List<JsonNode> events = events(server.post("/v1/chat/completions", body.toString()));
    StringBuilder text = new StringBuilder();
    StringBuilder plain = new StringBuilder();
    ArrayNode regions = TestServer.JSON.createArrayNode();
    int firstRegion = -1;
    for (int i = 0; i < events.size() - 1; i++) {
      JsonNode choice = events.get(i).at("/choices/0");
      text.append(choice.at("/delta/content").asText(""));
      plain.append(choice.at("/fovea/plain_text").asText(""));
      firstRegion = firstRegion < 0 && choice.at("/fovea/regions").size() > 0 ? i : firstRegion;
      choice.at("/fovea/regions").forEach(regions::add);
    }
    assertThat(text).hasToString(caption.text());
    assertThat(plain).hasToString(caption.plainText());
    assertSameBoxes(regions);
    assertThat(firstRegion).as("boxes come before the end").isBetween(1, events.size() - 4);
    assertThat(events.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
    assertThat(events.get(events.size() - 2).at("/choices/0/finish_reason").asText())
        .isEqualTo("stop");
    JsonNode last = events.get(events.size() - 1);
    assertThat(last.at("/choices")).isEmpty();
    assertThat(last.at("/usage/completion_tokens").asInt())
        .isEqualTo(caption.usage().completionTokens());
  }

  /** Those that the form of a box dictated are of the answer, too. */
  @Test
  void tokensOfBoxesByASchemaAreAllCounted() {
    int generated;
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      Usage usage = server.engine.locate(image, "the star").usage();
      assertThat(usage.forcedTokens()).isPositive();
      generated = usage.completionTokens() + usage.forcedTokens();
    }
    ObjectNode body = request("the star");
    body.set("response_format", boxes("{'type': 'string'}"));
    JsonNode usage = completion(body).get("usage");
    assertThat(usage.get("completion_tokens").asInt()).isEqualTo(generated);
    assertThat(usage.get("total_tokens").asInt())
        .isEqualTo(usage.get("prompt_tokens").asInt() + generated);
  }

  private static JsonNode boxes(String label) {
    return TestServer.json(
        """
        {'type': 'json_schema', 'json_schema': {'name': 'boxes', 'schema': {'type': 'array',
         'items': {'type': 'object', 'properties': {'label': LABEL, 'box': {'type': 'array'}}}}}}
        """
            .replace("LABEL", label)
            .replace('\'', '"'));
  }

  @Test
  void labelsThatASchemaForbidsAreRefusedBeforeAnythingIsDone() {
    ObjectNode body = request("the star\nthe moon");
    body.set("response_format", boxes("{'type': 'string', 'enum': ['the star']}"));
    ((ObjectNode) body.at("/messages/0/content/0/image_url")).put("url", "data:image/png;base64,");
    HttpResponse<String> refused = server.post("/v1/chat/completions", body.toString());
    assertThat(refused.statusCode()).isEqualTo(400);
    JsonNode error = TestServer.json(refused).get("error");
    assertThat(error.get("code").asText()).isEqualTo("unsupported_schema");
    assertThat(error.get("param").asText()).isEqualTo("response_format");
    assertThat(error.get("message").asText())
        .contains("#/items/properties/label/enum forbids the label 'the moon'");
  }
}
