package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConversationTest {
  private static final String QUESTION = "How many objects are there?";

  @Test
  void askPrintsTheAnswerAlone() {
    Invocation text = Invocation.of("ask", "--image", Invocation.scene(), QUESTION);
    Invocation json = Invocation.of("ask", "--image", Invocation.scene(), "--json", QUESTION);
    assertThat(text.code()).isEqualTo(ExitCode.OK);
    assertThat(text.err()).isEmpty();
    assertThat(json.json().at("/question").asText()).isEqualTo(QUESTION);
    assertThat(text.out()).isEqualTo(json.json().at("/text").asText("?") + System.lineSeparator());
    assertThat(json.json().at("/tokens/completion").asInt()).isPositive();
  }

  @Test
  void captionListsTheRegionsOfItsText() {
    Invocation run = Invocation.of("caption", "--image", Invocation.scene(), "--json");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.json().at("/text").isTextual()).isTrue();
    assertThat(run.json().at("/plain_text").asText("[[")).doesNotContain("[[");
    assertThat(run.json().at("/regions").isArray()).isTrue();
  }

  @Test
  void aStreamedAnswerIsTheWholeAnswer() throws JsonProcessingException {
    Invocation streamed =
        Invocation.withInput(QUESTION + "\n/quit\n", "chat", "--image", Invocation.scene());
    List<JsonNode> whole =
        lines(Invocation.withInput(QUESTION + "\n", "chat", "--json", "-i", Invocation.scene()));
    assertThat(streamed.code()).isEqualTo(ExitCode.OK);
    assertThat(streamed.out())
        .isEqualTo(whole.get(0).at("/text").asText("?") + System.lineSeparator());
  }

  @Test
  void chatRemembersUntilReset() throws JsonProcessingException {
    List<JsonNode> turns =
        lines(
            Invocation.withInput(
                QUESTION + "\n" + QUESTION + "\n/reset\n" + QUESTION + "\n",
                "chat",
                "--image",
                Invocation.scene(),
                "--max-new-tokens",
                4,
                "--json"));
    assertThat(turns).hasSize(3);
    int first = turns.get(0).at("/tokens/prompt").asInt();
    assertThat(turns.get(1).at("/tokens/prompt").asInt()).isGreaterThan(first);
    assertThat(turns.get(2).at("/tokens/prompt").asInt()).isEqualTo(first);
    assertThat(turns.get(2).at("/text")).isEqualTo(turns.get(0).at("/text"));
  }

  @Test
  void aFailedLineIsReportedAndTheConversationGoesOn() {
    Invocation run =
        Invocation.withInput(
            "/image nowhere.png\n/dance\n" + QUESTION + "\n", "chat", "-i", Invocation.scene());
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err().lines()).hasSize(2).allMatch(line -> line.startsWith("fovea: "));
    assertThat(run.err()).contains("nowhere.png", "/dance");
    assertThat(run.out()).isNotBlank();
  }

  @Test
  void whatLooksAtOnePictureSaysSo() {
    String scene = Invocation.scene().toString();
    Invocation two = Invocation.of("ask", "-i", scene, "-i", scene, QUESTION);
    assertThat(two.code()).isEqualTo(ExitCode.FAILED);
    assertThat(two.err()).contains("one picture at a time, not 2");
    String twice = QUESTION + "\n" + QUESTION + "\n";
    Invocation added = Invocation.withInput("/add " + scene + "\n" + twice, "chat", "-i", scene);
    assertThat(added.code()).isEqualTo(ExitCode.FAILED);
    assertThat(added.err()).contains("one picture at a time, not 2", "is left out again");
    assertThat(added.out().lines()).hasSize(1); // the second question is answered
    Invocation begun = Invocation.withInput("/add " + scene + "\n" + QUESTION + "\n", "chat");
    assertThat(begun.code()).isEqualTo(ExitCode.OK);
    assertThat(begun.out()).isNotBlank();
  }

  private static List<JsonNode> lines(Invocation run) throws JsonProcessingException {
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    List<JsonNode> nodes = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      nodes.add(new JsonMapper().readTree(line));
    }
    return nodes;
  }
}
