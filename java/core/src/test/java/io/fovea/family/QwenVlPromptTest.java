package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.fuzz.Resources;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts token for token as the tiktoken library makes them, and what is no Qwen-VL. */
class QwenVlPromptTest {
  private static final int ROWS = 5; // of a picture, as in prompts.json
  private static final String TRACES = "/goldens/traces/qwen-vl/";

  @TempDir Path folder;

  @BeforeEach
  void writeTheModel() throws IOException {
    Files.write(
        folder.resolve("config.json"), Resources.bytes(TRACES + "grid16/checkpoint/config.json"));
    Files.write(
        folder.resolve("qwen.tiktoken"), Resources.bytes("/goldens/text/tiktoken/tiny.tiktoken"));
  }

  private void generation(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
  }

  private ModelDescription description() {
    return Families.describe(folder, StoredShapes.none());
  }

  static Iterable<JsonNode> prompts() throws IOException {
    return new ObjectMapper().readTree(Resources.bytes(TRACES + "prompts.json"));
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void theReferencesIds(JsonNode golden) throws IOException {
    generation("{\"max_window_size\": " + golden.get("window") + "}");
    ModelDescription model = description();
    ModelTokens tokens = ModelTokens.load(folder, null, model);
    List<Turn> history = new ArrayList<>();
    for (JsonNode turn : golden.get("history")) {
      history.add(new Turn(turn.get(0).asText(), turn.get(1).asText(), turn.get(2).asInt()));
    }
    PromptTemplate template = PromptTemplate.fromName(golden.get("template").asText());
    int pictures = golden.get("pictures").asInt();
    int all = pictures + Turn.pictures(history);
    int[] rows = new int[all];
    Arrays.fill(rows, ROWS);
    List<Turn> told = model.remembered(template, history, some -> tokens.of(some, rows).length());
    Shown shown = Shown.of(all, pictures, told);
    List<PromptPart> parts =
        model.prompt(template, shown.withQuery(), golden.get("query").asText(), shown.history());
    int[] ids = IntStream.range(0, golden.get("ids").size()).map(i -> id(golden, i)).toArray();
    assertThat(tokens.of(parts, rows).ids()).isEqualTo(ids);
  }

  private static int id(JsonNode golden, int i) {
    return golden.get("ids").get(i).asInt();
  }

  /** Pictures are counted over the conversation, wherever they were shown. */
  @Test
  void picturesStandWithTheQuestionTheyCameWith() throws IOException {
    List<Turn> history = List.of(new Turn("Who?", "he", 1), new Turn("Where?", "there"));
    assertThat(description().prompt(PromptTemplate.CHAT, 2, "And here?", history))
        .containsSubsequence(
            new PromptPart.Text("Picture 1: "),
            new PromptPart.Picture(0),
            new PromptPart.Text("Who?"),
            new PromptPart.Text("Where?"),
            new PromptPart.Text("Picture 2: "),
            new PromptPart.Picture(1),
            new PromptPart.Text("Picture 3: "),
            new PromptPart.Picture(2),
            new PromptPart.Text("And here?"));
    assertThat(description().prompt(PromptTemplate.BASE, 1, "And here?", history))
        .containsSubsequence(new PromptPart.Picture(0), new PromptPart.Picture(1));
  }

  @Test
  void generationConfigTellsTheFormAndTheEnd() throws IOException {
    int end = 700;
    assertThat(description().template()).isEqualTo(PromptTemplate.CHAT);
    assertThat(ModelTokens.load(folder, null, description()).end())
        .containsExactlyInAnyOrder(end, end + 1, end + 2);
    generation("{\"chat_format\": \"raw\", \"eos_token_id\": 700}");
    ModelDescription raw = description();
    assertThat(raw.template()).isEqualTo(PromptTemplate.BASE);
    ModelTokens tokens = ModelTokens.load(folder, null, raw);
    assertThat(tokens.end()).containsExactly(end);
    assertThat(tokens.begin()).isNull();
    assertThat(tokens.filler()).isEqualTo(end + 216);
    generation("{\"chat_format\": \"prose\"}");
    ModelDescription other = description();
    assertThatThrownBy(other::template)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("generation_config.json: chat_format: is 'prose'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<img>a.png</img>", "What is <img>?", "</img>"})
  void pictureTagsInATextAreRefused(String text) {
    ModelDescription model = description();
    for (PromptTemplate template : List.of(PromptTemplate.BASE, PromptTemplate.CHAT)) {
      assertThatThrownBy(() -> model.prompt(template, 1, text, List.of()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("<img>");
    }
    assertThatThrownBy(
            () -> model.prompt(PromptTemplate.CHAT, 0, "Who?", List.of(new Turn(text, "he"))))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void otherFormsAreRefused() {
    ModelDescription model = description();
    assertThatThrownBy(() -> model.prompt(PromptTemplate.VQA, 0, "Who?", List.of()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no prompt form 'vqa'");
  }

  @Test
  void aQwenForTextAloneIsRefused() {
    String json = "{\"architectures\": [\"QWenLMHeadModel\"], \"hidden_size\": 4096}";
    assertThatThrownBy(() -> Families.describe(Path.of("config.json"), json, StoredShapes.none()))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("without 'visual'")
        .hasMessageContaining("Qwen-VL-Chat");
  }

  @Test
  void aTokenizerOfAnotherSizeIsRefused() throws IOException {
    String json = Files.readString(folder.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        json.replace("\"image_start_id\": 914", "\"image_start_id\": 915"));
    assertThatThrownBy(() -> ModelTokens.load(folder, null, description()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("<img>: is the token 914, it is 915");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"kv_channels\": 64, \"kv_channels\": 63",
        "\"n_queries\": 16, \"n_queries\": 15",
        "\"output_dim\": 128, \"output_dim\": 64",
        "\"image_size\": 64, \"image_size\": 62",
        "\"mlp_ratio\": 0.75, \"mlp_ratio\": -1",
        "\"image_start_id\": 914, \"image_start_id\": 100",
        "\"no_bias\": true, \"no_bias\": false",
        "\"rotary_emb_base\": 10000, \"rotary_emb_base\": \"x\"",
        "\"seq_length\": 80, \"seq_length\": 1"
      })
  void keysThatMakeNoSenseAreNamed(String change) throws IOException {
    String[] keys = change.split(", ", 2);
    Path file = folder.resolve("config.json");
    String json = Files.readString(file);
    assertThat(json).contains(keys[0]);
    Files.writeString(file, json.replace(keys[0], keys[1]));
    assertThatThrownBy(this::description)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(keys[1].split("\"")[1]);
  }
}
