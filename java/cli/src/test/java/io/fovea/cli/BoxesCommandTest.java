package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.grounding.Dialects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoxesCommandTest {
  private static final String QWEN =
      "<ref> Woman</ref><box>(451,379),(731,806)</box> and<ref> her dog</ref>"
          + "<box>(219,424),(576,896)</box>";

  @Test
  void aLineForEachBox() {
    Invocation run = Invocation.withInput(QWEN, "boxes", "--image-size", "1000x500");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out())
        .isEqualTo(
            "Woman    [[451,379,731,806]]  px   451.0   189.5   731.0   403.0\n"
                + "her dog  [[219,424,576,896]]  px   219.0   212.0   576.0   448.0\n");
    assertThat(Invocation.withInput(QWEN, "boxes", "--dialect", "Qwen-VL", "-").out())
        .isEqualTo("Woman    [[451,379,731,806]]\nher dog  [[219,424,576,896]]\n");
  }

  @Test
  void rewrites(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("answer.txt"), "\uFEFF" + QWEN);
    Invocation run = Invocation.of("boxes", "--to", "cogvlm", file);
    assertThat(run.out()).isEqualTo("Woman [[451,379,731,806]] and her dog [[219,424,576,896]]\n");
    assertThat(Invocation.of("boxes", "--to", "gemini", file).out())
        .startsWith("[{\"box_2d\": [379, 451, 806, 731], \"label\": \"Woman\"}, ");
  }

  @Test
  void json() {
    JsonNode json =
        Invocation.withInput(
                "<ref>It</ref><quad>(1,2),(30,4),(31,40),(2,38)</quad> (5,6),(5,9)",
                "boxes",
                "--json",
                "--image-size",
                "100x100",
                "--dialect",
                "qwen-vl",
                "--to",
                "qwen3-vl")
            .json();
    assertThat(json.at("/dialect").asText()).isEqualTo("qwen-vl");
    assertThat(json.at("/text").asText()).isEqualTo("It");
    assertThat(json.at("/regions/0").toString())
        .isEqualTo(
            "{\"phrase\":\"It\",\"span\":[0,2],\"box\":[1,2,31,40],\"pixels\":[0.1,0.2,3.1,4.0],"
                + "\"kind\":\"quad\",\"corners\":[0.001,0.002,0.03,0.004,0.031,0.04,0.002,0.038],"
                + "\"degenerate\":false}");
    assertThat(json.at("/regions/1/degenerate").asBoolean()).isTrue();
    assertThat(json.at("/written").asText()).startsWith("[{\"bbox_2d\": [1, 2, 31, 40]");
    JsonNode points =
        Invocation.withInput(Dialects.named("molmo-2").example(), "boxes", "--json").json();
    assertThat(points.at("/points/1").toString())
        .isEqualTo(
            "{\"phrase\":\"the birds\",\"span\":[0,9],\"point\":[173,600],\"corners\":[0.173,0.6],"
                + "\"time\":1.0,\"index\":2}");
  }

  @Test
  void masksStayInTheModelsCodes() {
    String gemini = "[{\"box_2d\": [1, 2, 3, 4], \"mask\": \"QUJD\", \"label\": \"it\"}]";
    JsonNode json = Invocation.withInput(gemini, "boxes", "--json", "--dialect", "gemini").json();
    assertThat(json.at("/regions/0/mask_codes").asText()).isEqualTo("QUJD");
    assertThat(json.at("/regions/0").has("mask")).isFalse();
  }

  @Test
  void frames() {
    String json = "[{\"bbox_2d\": [0, 0, 966, 546], \"label\": \"bird\"}]";
    assertThat(
            Invocation.withInput(
                    json,
                    "boxes",
                    "--dialect",
                    "qwen2.5-vl",
                    "--resized",
                    "1932x1092",
                    "--image-size",
                    "1920x1080")
                .out())
        .contains("px     0.0     0.0   960.0   540.0");
    assertThat(
            Invocation.withInput("<bin_0><bin_0><bin_500><bin_999>", "boxes", "--ofa-side", 1024)
                .out())
        .contains("[[000,000,250,500]]");
    assertThat(
            Invocation.withInput(
                    "<p>It</p><roi><r1></roi>",
                    "boxes",
                    "--candidate",
                    "0,0,1,1",
                    "--candidate",
                    "0.5,0.2,0.7,0.9")
                .out())
        .isEqualTo("It  [[500,200,700,900]]\n");
  }

  @Test
  void listsDialectsWithExamples() {
    Invocation run = Invocation.of("boxes", "--list");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out().lines()).hasSameSizeAs(Dialects.all());
    assertThat(run.out()).contains("gemini                   [{\"box_2d\": [241, 128, 731, 489]");
    assertThat(Invocation.of("boxes", "--list", "--json").json().at("/dialects/0/name").asText())
        .isEqualTo("cogvlm");
  }

  @Test
  void noBoxIsNoFaultWhereTheDialectIsNamed() {
    Invocation run =
        Invocation.withInput("nothing", "boxes", "--dialect", "groma", "--candidate", "0,0,1,1");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out() + run.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "boxes --dialect latin|2|'latin'",
        "boxes --to latin|2|cogvlm, cogagent",
        "boxes --image-size 640|2|640x480",
        "boxes --resized 0x5|2|'0x5'",
        "boxes --ofa-side 0|2|at least 1",
        "boxes --candidate 1,2,3|2|0.1,0.2,0.5,0.8",
        "boxes --candidate 1,2,3,NaN|2|0.1,0.2,0.5,0.8",
        "boxes --to auto|1|--list",
        "boxes /nowhere/at/all|1|/nowhere/at/all does not exist",
        "boxes|1|no boxes of a known dialect",
        "boxes --dialect shikra|1|picture's size",
        "boxes --dialect next-chat --image-size 5x5|1|candidate boxes",
      })
  void whatIsWrongIsOneLine(String line, int code, String part) {
    Invocation run = Invocation.of((Object[]) line.split(" "));
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: ").contains(part).doesNotContain("Exception");
  }

  @Test
  void aTextThatMayBeOfSeveralDialectsOrIsNone() {
    Invocation several = Invocation.withInput("a dog [[1,2,3,4]]", "boxes");
    assertThat(several.code()).isEqualTo(ExitCode.FAILED);
    assertThat(several.err()).contains("cogvlm, cogagent", "--dialect");
    Invocation damaged = Invocation.withInput(new byte[] {(byte) 0xff, 'a'}, "boxes");
    assertThat(damaged.code()).isEqualTo(ExitCode.FAILED);
    assertThat(damaged.err()).contains("standard input is not UTF-8");
  }
}
