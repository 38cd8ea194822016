package io.fovea.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.engine.EngineListener;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever an assistant sends, it is answered, and the session goes on and ends. */
@Timeout(600)
class McpSessionTest {
  private static final int LINES = Integer.getInteger("fovea.mcp.lines", 4000);
  private static final long SEED = Long.getLong("fovea.mcp.seed", 17);

  private static final String QUESTION =
      "{'image':'scene.png','question':'How many objects are there?'}";

  private static final List<String> SOUND =
      List.of(
          "{'jsonrpc':'2.0','id':1,'method':'initialize','params':{'protocolVersion':'2025-06-18',"
              + "'capabilities':{'roots':{}},'clientInfo':{'name':'a','version':'1'}}}",
          "{'jsonrpc':'2.0','method':'notifications/initialized'}",
          "{'jsonrpc':'2.0','id':'two','method':'tools/list','params':{'cursor':'a'}}",
          "{'jsonrpc':'2.0','id':3,'method':'ping'}",
          "{'jsonrpc':'2.0','id':4,'method':'logging/setLevel','params':{'level':'debug'}}",
          "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':5}}",
          "{'jsonrpc':'2.0','id':5,'method':'tools/call','params':{'name':'locate','arguments':"
              + "{'image':'none.png','phrases':['a','b'],'max_boxes':3}}}",
          "{'jsonrpc':'2.0','id':6,'method':'tools/call','params':{'name':'annotate','arguments':"
              + "{'image_data':'data:image/png;base64,AAAA'},'_meta':{'progressToken':1}}}",
          "{'jsonrpc':'2.0','id':7,'result':{'roots':[]}}",
          "{'jsonrpc':'2.0','id':8,'error':{'code':-1,'message':'no'}}");

  private static McpAssistant assistant() throws Exception {
    return new McpAssistant(new EngineListener() {});
  }

  /** A sound line with some damage. */
  private static String damaged(RandomGenerator random) {
    StringBuilder text =
        new StringBuilder(SOUND.get(random.nextInt(SOUND.size())).replace('\'', '"'));
    for (int i = random.nextInt(3); i >= 0; i--) {
      damage(text, random);
    }
    return text.toString();
  }

  private static void damage(StringBuilder text, RandomGenerator random) {
    int at = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), at + random.nextInt(1, 16));
    switch (random.nextInt(6)) {
      case 0 -> text.delete(at, to);
      case 1 -> text.insert(at, text.substring(at, to));
      case 2 -> text.insert(at, (char) random.nextInt(256));
      case 3 -> text.insert(at, "[{\"a\":".repeat(random.nextInt(1, 2000)));
      case 4 -> text.setLength(Math.max(1, at));
      default -> replaceValue(text, random);
    }
  }

  /** Puts a value of another kind in the place of one. */
  private static void replaceValue(StringBuilder text, RandomGenerator random) {
    List<String> others =
        List.of("null", "1e999", "-1", "[]", "{}", "\"\"", "true", "0.5", "[{\"b\":null}]");
    int colon = text.indexOf(":", random.nextInt(text.length() + 1));
    if (colon >= 0) {
      int end = colon + 1;
      while (end < text.length() && ",}".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      text.replace(colon + 1, end, others.get(random.nextInt(others.size())));
    }
  }

  @Test
  void damagedLinesHarmNothing() throws Exception {
    System.out.println("fovea.mcp.seed=" + SEED);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    try (McpAssistant assistant = assistant()) {
      for (int i = 0; i < LINES; i++) {
        assistant.send(damaged(random).getBytes(ISO_8859_1));
      }
      assistant.greet();
      assistant.call(999, "ask", QUESTION);
      assertThat(assistant.response("999").at("/result/structuredContent/text").asText())
          .isEqualTo("6");
      assertThat(assistant.hangUp()).isTrue();
      assertThat(assistant.engine.stats().openImages()).isZero();
    }
  }

  @Test
  void everyErrorIsOneOfTheMessage() throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + 1);
    try (McpAssistant assistant = assistant().greet()) {
      for (int i = 0; i < LINES / 4; i++) {
        String line = damaged(random);
        assistant.send(line.getBytes(ISO_8859_1));
        assistant.send("{'jsonrpc':'2.0','id':'sync','method':'ping'}");
        for (JsonNode message = assistant.next();
            !message.path("id").asText().equals("sync");
            message = assistant.next()) {
          assertThat(message.get("jsonrpc").asText()).as(line).isEqualTo("2.0");
          assertThat(message.has("result") ^ message.has("error")).as(line).isTrue();
          assertThat(message.at("/error/code").asInt()).as(line + message).isNotEqualTo(-32603);
          assertThat(message.at("/result/content/0/text").asText())
              .doesNotContain("internal error");
        }
      }
      assertThat(assistant.hangUp()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'tools/call'|{'name':'sing'}|-32602|there is no tool sing; give one of locate, ask",
        "'tools/call'|{}|-32602|params.name is missing",
        "'tools/call'|{'name':7}|-32602|there is no tool 7",
        "'tools/call'|{'name':'ask','arguments':[]}|-32602|params.arguments is not what",
        "'tools/list'|{'cursor':{}}|-32602|params.cursor is not what tools/list takes",
        "'initialize'|{'capabilities':7}|-32602|params.capabilities is not what",
        "'tools/list'|7|-32600|params is no object",
        "'sing'|{}|-32601|sing",
        "7|{}|-32600|method is no text"
      })
  void anErrorNamesWhatIsWrong(String method, String params, int code, String words)
      throws Exception {
    try (McpAssistant assistant = assistant().greet()) {
      assistant.send("{'jsonrpc':'2.0','id':1,'method':" + method + ",'params':" + params + "}");
      JsonNode error = assistant.response("1").get("error");
      assertThat(error.get("code").asInt()).isEqualTo(code);
      assertThat(error.get("message").asText()).contains(words).doesNotContain("io.model");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "locate|{}|phrases is missing; give a list of 1 to 64 texts",
        "locate|{'phrases':'a'}|phrases is of another kind or size; give a list of 1 to 64 texts",
        "locate|{'phrases':['a','']}|phrases is of another kind or size; give a list",
        "locate|{'phrases':['a'],'max_boxes':65}|max_boxes is of another kind or size; give an integer from 1 to 64",
        "locate|{'phrases':['a'],'max_boxes':null}|max_boxes is of another kind",
        "locate|{'phrases':['a'],'max_boxes':1.5}|max_boxes is of another kind",
        "locate|{'phrases':['a'],'colour':1}|no argument colour; those there are: image, image_data, phrases, max_boxes",
        "ask|{'question':''}|question is of another kind or size; give a text",
        "ask|{'question':'a'}|there is no picture; give either image",
        "annotate|{'image':'scene.png','max_boxes':2}|max_boxes is given without phrases",
        "caption|{'image':7}|image is of another kind or size; give a text"
      })
  void anArgumentThatIsWrongIsNamed(String tool, String arguments, String words) throws Exception {
    try (McpAssistant assistant = assistant().greet()) {
      assistant.call(1, tool, arguments);
      JsonNode result = assistant.response("1").get("result");
      assertThat(result.get("isError").asBoolean()).isTrue();
      assertThat(result.at("/content/0/text").asText()).contains(words);
    }
  }

  @Test
  void aWholeNumberMayHaveAPoint() throws Exception {
    try (McpAssistant assistant = assistant().greet()) {
      assistant.call(1, "caption", "{'image':'scene.png','max_new_tokens':4.0}");
      assertThat(assistant.next().at("/result/structuredContent/finish").asText())
          .isEqualTo("length");
    }
  }

  @Test
  void beforeItBeginsOnlyAPingIsAnswered() throws Exception {
    try (McpAssistant assistant = assistant()) {
      assistant.send("{'jsonrpc':'2.0','method':'notifications/initialized'}");
      assistant.send("{'jsonrpc':'2.0','id':1,'method':'ping'}");
      assertThat(assistant.next().get("result")).isEmpty();
      assistant.send("{'jsonrpc':'2.0','id':2,'method':'tools/list'}");
      JsonNode early = assistant.next();
      assertThat(early.get("id").asInt()).isEqualTo(2);
      assertThat(early.at("/error/message").asText()).contains("send initialize");
      assistant.greet().send("{'jsonrpc':'2.0','id':3,'method':'tools/list'}");
      assertThat(assistant.next().at("/result/tools")).hasSize(4);
      assertThat(assistant.hangUp()).isTrue();
    }
  }

  @Test
  void anIdIsThatOfOneRequestAtATime() throws Exception {
    try (McpAssistant assistant = assistant().greet()) {
      String phrases = "'the star',".repeat(20) + "'the star'";
      assistant.call(1, "locate", "{'image':'scene.png','phrases':[" + phrases + "]}");
      assistant.send("{'jsonrpc':'2.0','id':1,'method':'ping'}");
      JsonNode refusal = assistant.next();
      assertThat(refusal.get("id").isNull()).isTrue();
      assertThat(refusal.at("/error/message").asText()).contains("id 1");
      assertThat(assistant.next().at("/result/structuredContent/results")).hasSize(21);
    }
  }

  @Test
  void anAnswerThatIsNotWholeSaysSo() throws Exception {
    try (McpAssistant assistant = assistant().greet()) {
      assistant.call(1, "caption", "{'image':'scene.png','max_new_tokens':4}");
      assertThat(assistant.next().at("/result/content/0/text").asText()).contains("cut short");
      assistant.call(2, "caption", "{'image':'scene.png'}");
      assertThat(assistant.next().at("/result/content/0/text").asText())
          .doesNotContain("cut short");
    }
  }
}
