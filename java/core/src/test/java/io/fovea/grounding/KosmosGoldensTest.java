package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Against what the published code reads: {@code weights-tools/python/grounding_goldens.py}. */
class KosmosGoldensTest {
  private static final JsonNode GOLDENS = read();

  private final GroundingDialect dialect = Dialects.named("kosmos-2");

  private static JsonNode read() {
    String name = "/grounding/kosmos2.json";
    try (InputStream in =
        Objects.requireNonNull(KosmosGoldensTest.class.getResourceAsStream(name), name)) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void readsAnswersAsThePublishedCode() {
    assertThat(GOLDENS.get("answers")).hasSize(150);
    for (JsonNode golden : GOLDENS.get("answers")) {
      String text = golden.get("text").asText();
      GroundedText read = dialect.parse(text);
      assertThat(read.plainText()).as(text).isEqualTo(golden.get("clean").asText());
      List<Region> regions = new ArrayList<>(read.regions());
      for (JsonNode entity : golden.get("entities")) {
        for (JsonNode box : entity.get("boxes")) {
          assertThat(regions).as(text).isNotEmpty();
          assertRegion(text, read, regions.remove(0), entity, box);
        }
      }
      assertThat(regions).as(text).isEmpty();
    }
  }

  private static void assertRegion(
      String text, GroundedText read, Region region, JsonNode entity, JsonNode box) {
    assertThat(region.phrase()).as(text).isEqualTo(entity.get("phrase").asText());
    Geometry.Rectangle found = region.shape().bounds();
    assertThat(new double[] {found.x0(), found.y0(), found.x1(), found.y1()})
        .as(text)
        .containsExactly(numbers(box), within(1e-12));
    String plain = read.plainText();
    Span span = read.inPlainText(region);
    int last = plain.codePointCount(0, plain.length());
    // Published positions of boxes without a phrase may lie outside of the text.
    int start = Math.max(0, Math.min(last, entity.at("/span/0").asInt()));
    assertThat(plain.codePointCount(0, span.start())).as(text).isEqualTo(start);
    if (!region.phrase().isEmpty()) {
      assertThat(plain.codePointCount(0, span.end()))
          .as(text)
          .isEqualTo(entity.at("/span/1").asInt());
    }
  }

  @Test
  void quantisesAsThePublishedCode() {
    assertThat(GOLDENS.get("boxes")).hasSize(150);
    for (JsonNode golden : GOLDENS.get("boxes")) {
      double[] n = numbers(golden.get("box"));
      Geometry.Rectangle box = new Geometry.Rectangle(n[0], n[1], n[2], n[3]);
      assertThat(KosmosDialect.upperLeft(box)).isEqualTo(golden.at("/cells/0").asInt());
      assertThat(KosmosDialect.lowerRight(box)).isEqualTo(golden.at("/cells/1").asInt());
    }
  }

  private static double[] numbers(JsonNode array) {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).asDouble();
    }
    return numbers;
  }
}
