package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvalCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @BeforeEach
  void copyThePicture() throws IOException {
    Files.copy(Invocation.scene(), folder.resolve("a.png"));
    Files.copy(Invocation.scene(), folder.resolve("b.png"));
  }

  private void write(String file, String json) throws IOException {
    Files.writeString(folder.resolve(file), json.replace('\'', '"'));
  }

  /** The truth of one entry is what the model itself says, so its score is known. */
  private String ownBox(String phrase) {
    Invocation run = Invocation.of("locate", "-i", folder.resolve("a.png"), "--json", phrase);
    return run.json().at("/results/0/regions/0/pixels").toString();
  }

  /** What the model says, as a JSON string. */
  private String ownAnswer(String question) {
    Invocation run = Invocation.of("ask", "-i", folder.resolve("a.png"), "--json", question);
    return run.json().at("/text").toString();
  }

  @Test
  void scoresWhatTheModelSaysAgainstTheTruth() throws IOException {
    write(
        "rec.json",
        "[{'image':'a.png','phrase':'the red circle','box':%s,'kind':'attribute'},"
                .formatted(ownBox("the red circle"))
            + "{'image':'b.png','phrase':'the red circle','box':[0,0,0.01,0.01],'kind':'relation'}]");
    String answer = ownAnswer("Is it?");
    Files.writeString(
        folder.resolve("vqa.json"),
        "[{\"image\":\"b.png\",\"question\":\"Is it?\",\"answer\":%s,\"kind\":\"exists\"}]"
            .formatted(answer));
    Invocation run = Invocation.of("eval", "--data", folder, "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode json = run.json();
    assertThat(json.at("/images").asInt()).isEqualTo(2);
    assertThat(json.at("/rec/count").asInt()).isEqualTo(2);
    assertThat(json.at("/rec/accuracy").asDouble(-1)).isEqualTo(0.5);
    assertThat(json.at("/rec_by_kind/attribute/accuracy").asDouble(-1)).isEqualTo(1);
    assertThat(json.at("/rec_by_kind/relation/accuracy").asDouble(-1)).isEqualTo(0);
    assertThat(json.at("/vqa/accuracy").asDouble(-1)).isEqualTo(1);
    assertThat(json.at("/vqa_by_kind/exists/accuracy").asDouble(-1)).isEqualTo(1);
    assertThat(json.has("reg")).isFalse();
    assertThat(json.has("caption")).isFalse();
    assertThat(json.at("/rec/milliseconds/median").asDouble()).isPositive();
  }

  @Test
  void reliabilityAndAnswersAreOfTheBoxesFound() throws IOException {
    write(
        "rec.json",
        "[{'image':'a.png','phrase':'the red circle','box':%s,'kind':'attribute'},"
                .formatted(ownBox("the red circle"))
            + "{'image':'b.png','phrase':'the red circle','box':[0,0,0.01,0.01]}]");
    Path file = folder.resolve("answers.json");
    Invocation run = Invocation.of("eval", "--data", folder, "--answers", file, "--json");
    assertThat(run.err()).isEmpty();
    JsonNode answers = new ObjectMapper().readTree(file.toFile());
    assertThat(answers).hasSize(2);
    assertThat(answers.at("/0/image").asText()).isEqualTo("a.png");
    assertThat(answers.at("/0/phrase").asText()).isEqualTo("the red circle");
    assertThat(answers.at("/0/kind").asText()).isEqualTo("attribute");
    assertThat(answers.at("/0/iou").asDouble(-1)).isGreaterThan(0.99);
    assertThat(answers.at("/1/iou").asDouble(-1)).isLessThan(0.5);
    assertThat(answers.at("/0/spread")).hasSize(4);
    JsonNode tenths = run.json().at("/reliability");
    assertThat(tenths).hasSize(2).allMatch(tenth -> tenth.at("/count").asInt() == 1);
    double calibrated = answers.at("/0/calibrated_confidence").asDouble(-1);
    assertThat(tenths.at("/0/predicted").asDouble(-2)).isEqualTo(calibrated);
    assertThat(tenths.at("/0/actual").asDouble() + tenths.at("/1/actual").asDouble()).isEqualTo(1);
    assertThat(Invocation.of("eval", "--data", folder).out()).contains("calibrated confidence");
    Invocation bad = Invocation.of("eval", "--data", folder, "--answers", folder.resolve("no/a"));
    assertThat(bad.code()).isEqualTo(ExitCode.FAILED);
    assertThat(bad.err()).contains("there is no folder").hasLineCount(1);
  }

  /** As above, the truth of one picture is what the model says of it; the other's is not. */
  @Test
  void captionsNameExactlyTheObjects() throws IOException {
    Invocation own = Invocation.of("caption", "-i", folder.resolve("a.png"), "--json");
    StringBuilder objects = new StringBuilder();
    for (JsonNode region : own.json().at("/regions")) {
      objects.append(objects.isEmpty() ? "" : ",");
      objects.append(
          "{'phrase':%s,'box':%s}".formatted(region.get("phrase"), region.get("pixels")));
    }
    write("rec.json", "[]");
    write(
        "caption.json",
        "[{'image':'a.png','objects':[%s]},".formatted(objects)
            + "{'image':'b.png','objects':[{'phrase':'green star','box':[1,2,3,4]}]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.json().at("/caption/count").asInt()).isEqualTo(2);
    assertThat(run.json().at("/caption/accuracy").asDouble(-1)).isEqualTo(0.5);
    assertThat(run.json().at("/grounded_caption/accuracy").asDouble(-1)).isEqualTo(0.5);
  }

  @Test
  void anObjectWithoutABoxIsNamed() throws IOException {
    write("rec.json", "[]");
    write("caption.json", "[{'image':'a.png','objects':[{'phrase':'red circle'}]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--model", "nowhere");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("caption.json", "entry 0", "'box'").hasLineCount(1);
  }

  @Test
  void limitCountsPictures() throws IOException {
    write(
        "rec.json",
        "[{'image':'b.png','phrase':'the red circle','box':[1,2,3,4]},"
            + "{'image':'a.png','phrase':'the red circle','box':[1,2,3,4]},"
            + "{'image':'b.png','phrase':'the blue square','box':[1,2,3,4]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--json", "--limit", 1);
    assertThat(run.json().at("/images").asInt()).isEqualTo(1);
    assertThat(run.json().at("/rec/count").asInt()).isEqualTo(2);
    assertThat(run.json().at("/rec_by_kind/other/count").asInt()).isEqualTo(2);
  }

  @Test
  void aDamagedEntryIsNamedBeforeTheModelIsLoaded() throws IOException {
    write("rec.json", "[{'image':'a.png','phrase':'the red circle','box':[1,2,3]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--model", "nowhere");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("rec.json", "entry 0", "'box'").hasLineCount(1);
  }

  /** Before the model is loaded; in words for people, with file and entry. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{'image':'a.png','phrase':'x','box':[3,2,1,4]}]|entry 0|'box': [3.0, 2.0, 1.0, 4.0] is not left",
        "[{'image':'a.png','phrase':'x','box':[1,2,3,null]}]|entry 0|'box': it must be four numbers",
        "[{'image':'../a.png','phrase':'x','box':[1,2,3,4]}]|entry 0|'image': it must be a path below",
        "[{'image':'/a.png','phrase':'x','box':[1,2,3,4]}]|entry 0|'image': it must be a path below",
        "[{'image':'a\\u001bc.png','phrase':'x','box':[1,2,3,4]}]|entry 0|'image': it must be a path",
        "[{'image':'a.png','phrase':' ','box':[1,2,3,4]}]|entry 0|'phrase': it is empty",
        "[null]|entry 0|'content'",
        "[{'image':'a.png','phrase':'x','box':'1,2'}]|entry 0, 'box'|is not of the expected form",
        "[{'image':'a.png','phrase':'x','box':[1,2,3,'wide']}]|entry 0, 'box', entry 3|expected form",
        "{'image':'a.png','phrase':'x','box':[1,2,3,4]}|not a JSON list|lines of JSON need [",
        "[{'image':}]|is not JSON|line 1, column",
        "[{'image':'a.png'|is not JSON|line 1, column",
      })
  void unusableEntriesAreNamedInPlainWords(String json, String where, String what)
      throws IOException {
    write("rec.json", json);
    Invocation run = Invocation.of("eval", "--data", folder, "--model", "nowhere");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .hasLineCount(1)
        .contains(folder.resolve("rec.json").toString(), where, what)
        .doesNotContain("java.", "deserialize", "Token", "Source", "entry 0 has no usable 'x'");
  }

  @Test
  void picturesMayLieInFoldersBelow() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    Files.copy(Invocation.scene(), folder.resolve("sub/c.png"));
    write("rec.json", "[{'image':'sub/../sub/c.png','phrase':'the red circle','box':[1,2,3,4]}]");
    assertThat(Invocation.of("eval", "--data", folder).code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void percentilesAreNearestRank() {
    Score score = new Score();
    for (int i = 1; i <= 10; i++) {
      score.add(i <= 4 ? 0.49 : 0.5, i);
    }
    assertThat(score.accuracy()).isEqualTo(0.6);
    assertThat(score.latency()).isEqualTo(new Score.Latency(5, 9));
  }

  @Test
  void answersAreComparedWithoutCaseAndFullStop() {
    assertThat(Evaluation.same(" Two. ", "two")).isTrue();
    assertThat(Evaluation.same("two", "twos")).isFalse();
  }
}
