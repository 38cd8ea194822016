package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void findsTheObjectsOfTheBundledPicture() throws IOException {
    Path out = folder.resolve("new folder");
    Invocation run = Invocation.of("demo", "--json", "--out", out);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode json = run.json();
    int right = 0;
    for (JsonNode object : json.at("/objects")) {
      right += object.at("/iou").asDouble() >= 0.5 ? 1 : 0;
    }
    assertThat(json.at("/objects").size()).isEqualTo(6);
    assertThat(right).isEqualTo(6).isEqualTo(json.at("/found").asInt());
    assertThat(json.at("/answer/text").asText()).isEqualTo("6");
    assertThat(phrases(json.at("/caption/regions"), "a "))
        .as("the caption names each object once")
        .containsExactlyInAnyOrderElementsOf(phrases(json.at("/objects"), "the "));
    BufferedImage picture =
        ImageIO.read(BundledModel.directory().resolve("demo/scene.png").toFile());
    BufferedImage drawn = ImageIO.read(out.resolve("fovea-demo.png").toFile());
    assertThat(drawn.getWidth()).isEqualTo(picture.getWidth());
    assertThat(differentPixels(picture, drawn)).isGreaterThan(100);
  }

  /** The phrases of a list of regions without their article, "an" counting as "a". */
  private static List<String> phrases(JsonNode regions, String article) {
    List<String> phrases = new ArrayList<>();
    for (JsonNode region : regions) {
      String phrase = region.get("phrase").asText().replaceFirst("^an ", "a ");
      phrases.add(phrase.startsWith(article) ? phrase.substring(article.length()) : phrase);
    }
    return phrases;
  }

  private static int differentPixels(BufferedImage a, BufferedImage b) {
    int different = 0;
    for (int y = 0; y < a.getHeight(); y++) {
      for (int x = 0; x < a.getWidth(); x++) {
        different += a.getRGB(x, y) != b.getRGB(x, y) ? 1 : 0;
      }
    }
    return different;
  }

  @Test
  void printsATableForPeople() {
    Invocation run = Invocation.of("demo", "--out", folder);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).contains("IoU", "caption:", "wrote " + folder.resolve("fovea-demo.png"));
  }
}
