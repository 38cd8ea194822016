package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocateCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void printsOneEntryForEachPhraseAndDrawsTheBoxes() throws IOException {
    Path png = folder.resolve("boxes.png");
    Invocation run =
        Invocation.of(
            "locate",
            "--image",
            Invocation.scene(),
            "--json",
            "--out",
            png,
            "the red circle",
            "the blue square");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode json = run.json();
    BufferedImage picture = ImageIO.read(Invocation.scene().toFile());
    assertThat(json.at("/model").asText()).isEqualTo(BundledModel.NAME);
    assertThat(json.at("/image/width").asInt()).isEqualTo(picture.getWidth());
    assertThat(json.at("/image/height").asInt()).isEqualTo(picture.getHeight());
    assertThat(json.at("/results")).hasSize(2);
    assertThat(json.at("/results/0/phrase").asText()).isEqualTo("the red circle");
    assertThat(json.at("/results/1/phrase").asText()).isEqualTo("the blue square");
    json.at("/results").forEach(result -> checkRegions(result, picture));
    BufferedImage drawn = ImageIO.read(png.toFile());
    assertThat(drawn.getWidth()).isEqualTo(picture.getWidth());
    assertThat(drawn.getHeight()).isEqualTo(picture.getHeight());
    assertThat(json.at("/annotated").asText()).isEqualTo(png.toString());
  }

  private static void checkRegions(JsonNode result, BufferedImage picture) {
    assertThat(result.at("/regions")).isNotEmpty();
    for (JsonNode region : result.at("/regions")) {
      List<Integer> box = numbers(region.at("/box"));
      assertThat(box).hasSize(4).allMatch(n -> n >= 0 && n <= 999);
      assertThat(box.get(0)).isLessThanOrEqualTo(box.get(2));
      assertThat(box.get(1)).isLessThanOrEqualTo(box.get(3));
      double left = box.get(0) * picture.getWidth() / 1000.0;
      assertThat(Math.abs(region.at("/pixels/0").asDouble() - left)).isLessThan(0.051);
      double confidence = region.at("/confidence").asDouble(-1);
      assertThat(confidence).isBetween(0.0, 1.0);
      assertThat(region.at("/calibrated_confidence").asDouble(-1)).isBetween(0.0, 1.0);
      assertThat(region.at("/spread")).hasSize(4).allMatch(edge -> edge.asDouble(-1) >= 0);
    }
    assertThat(result.at("/tokens/image").asInt()).isPositive();
    assertThat(result.at("/milliseconds/decode").asDouble()).isPositive();
  }

  private static List<Integer> numbers(JsonNode array) {
    List<Integer> numbers = new ArrayList<>();
    array.forEach(number -> numbers.add(number.asInt(-1)));
    return numbers;
  }

  @Test
  void aBoxReadFromFreeTextHasNoConfidence() {
    Invocation run =
        Invocation.of("locate", "-i", Invocation.scene(), "--unconstrained", "--json", "circle");
    JsonNode region = run.json().at("/results/0/regions/0");
    assertThat(region.at("/box")).hasSize(4);
    assertThat(region.fieldNames()).toIterable().containsExactly("phrase", "box", "pixels");
  }

  @Test
  void printsALineForPeople() {
    Invocation run =
        Invocation.of("locate", "--image", Invocation.scene(), "--max-boxes", 1, "circle");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out())
        .matches(
            "(?s)circle  \\[\\[\\d{3},\\d{3},\\d{3},\\d{3}]]  px .*confidence 0\\.\\d\\d, calibrated [01]\\.\\d{3}\\R");
    assertThat(run.out().lines()).hasSize(1);
  }

  @Test
  void aChoiceOfDeviceThatWasAskedForIsExplained() {
    Object[] plain = {"locate", "--image", Invocation.scene(), "--max-boxes", 1, "circle"};
    Object[] auto = {
      "locate", "--image", Invocation.scene(), "--max-boxes", 1, "--device", "auto", "circle"
    };
    Invocation silent = Invocation.of(plain);
    Invocation explained = Invocation.of(auto);
    assertThat(silent.err()).isEmpty();
    assertThat(explained.code()).isEqualTo(ExitCode.OK);
    assertThat(explained.out()).isEqualTo(silent.out());
    assertThat(explained.err())
        .hasLineCount(1)
        .startsWith("fovea: device auto: cpu, because cuda cannot be used: ")
        .contains("linux-x86_64-cuda");
  }

  @Test
  void theNameChoosesTheFormat() throws IOException {
    Path jpeg = folder.resolve("boxes.JPG");
    Invocation run =
        Invocation.of(
            "locate", "--image", Invocation.scene(), "--max-boxes", 1, "-o", jpeg, "circle");
    assertThat(run.err()).isEmpty();
    assertThat(Files.readAllBytes(jpeg)).startsWith(0xff, 0xd8, 0xff);
  }

  /** Before any work: the model that is named does not exist. */
  @ParameterizedTest
  @ValueSource(strings = {"boxes.webp", "boxes.gif", "boxes", "missing/boxes.png", "."})
  void whatCannotBeWrittenIsRefusedFirst(String name) {
    for (String command : new String[] {"locate", "caption"}) {
      List<Object> line = new ArrayList<>(List.of(command, "--model", "nowhere", "--image"));
      line.addAll(List.of(Invocation.scene(), "--out", folder.resolve(name)));
      line.addAll(command.equals("locate") ? List.of("circle") : List.of());
      Invocation run = Invocation.of(line.toArray());
      assertThat(run.code()).isEqualTo(ExitCode.FAILED);
      assertThat(run.err()).contains(name).doesNotContain("nowhere").hasLineCount(1);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void thePictureItselfIsNotReplaced() throws IOException {
    Path picture = Files.copy(Invocation.scene(), folder.resolve("a.png"));
    Path link = Files.createSymbolicLink(folder.resolve("b.png"), picture);
    Invocation run = Invocation.of("locate", "--image", picture, "--out", link, "circle");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("is the picture itself").hasLineCount(1);
    assertThat(picture).hasSameBinaryContentAs(Invocation.scene());
  }

  @Test
  void aPictureThatCannotBeWrittenIsOneClearLine() {
    Path png = folder.resolve("missing").resolve("boxes.png");
    Invocation run = Invocation.of("locate", "--image", Invocation.scene(), "-o", png, "circle");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(png.toString()).hasLineCount(1);
  }
}
