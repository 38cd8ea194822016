package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Against what COCO's own code makes of masks: {@code weights-tools/python/mask_goldens.py}. */
class MaskGoldensTest {
  private static final JsonNode GOLDENS = read();

  private static JsonNode read() {
    String name = "/grounding/masks.json";
    try (InputStream in =
        Objects.requireNonNull(MaskGoldensTest.class.getResourceAsStream(name), name)) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ImageSize size(JsonNode golden) {
    return new ImageSize(golden.at("/size/1").asInt(), golden.at("/size/0").asInt());
  }

  private static Mask mask(JsonNode golden) {
    ImageSize size = size(golden);
    byte[] bits = HexFormat.of().parseHex(golden.get("bits").asText());
    boolean[][] rows = new boolean[size.height()][size.width()];
    for (int i = 0; i < size.pixels(); i++) {
      rows[i / size.width()][i % size.width()] = (bits[i / 8] >> (7 - i % 8) & 1) == 1;
    }
    return Mask.of(rows);
  }

  private static List<Integer> numbers(JsonNode array) {
    List<Integer> numbers = new ArrayList<>();
    array.forEach(number -> numbers.add(number.asInt()));
    return numbers;
  }

  @Test
  void writesAndReadsBothForms() {
    assertThat(GOLDENS.get("masks")).hasSize(7 * 8);
    for (JsonNode golden : GOLDENS.get("masks")) {
      Mask mask = mask(golden);
      List<Integer> runs = numbers(golden.get("runs"));
      CocoRle coco = new CocoRle(numbers(golden.get("size")), golden.get("counts").asText());
      assertThat(mask.size()).isEqualTo(size(golden));
      assertThat(mask.runs()).isEqualTo(runs);
      assertThat(mask.toCocoRle()).isEqualTo(coco);
      assertThat(Mask.ofRuns(size(golden), runs)).isEqualTo(mask);
      assertThat(Mask.of(coco)).isEqualTo(mask);
    }
  }

  @Test
  void measuresOne() {
    for (JsonNode golden : GOLDENS.get("masks")) {
      Mask mask = mask(golden);
      int left = golden.at("/box/0").asInt();
      int top = golden.at("/box/1").asInt();
      int right = left + golden.at("/box/2").asInt();
      int bottom = top + golden.at("/box/3").asInt();
      assertThat(mask.area()).isEqualTo(golden.get("area").asInt());
      assertThat(mask.bounds())
          .isEqualTo(mask.area() == 0 ? null : new PixelBox(left, top, right, bottom));
    }
  }

  /** A mask and the next one of its size; after the last the first. */
  @Test
  void comparesTwo() {
    List<Mask> masks = new ArrayList<>();
    GOLDENS.get("masks").forEach(golden -> masks.add(mask(golden)));
    MaskScore score = new MaskScore();
    for (int i = 0; i < masks.size(); i++) {
      Mask mask = masks.get(i);
      Mask next = masks.get(i % 8 == 7 ? i - 7 : i + 1);
      JsonNode golden = GOLDENS.get("pairs").get(i);
      assertThat(mask.intersectionArea(next)).isEqualTo(golden.get("intersection").asInt());
      assertThat(mask.unionArea(next)).isEqualTo(golden.get("union").asInt());
      assertThat(mask.iou(next)).isEqualTo(golden.get("iou").asDouble(), within(1e-15));
      score.add(mask, next);
      if (i % 8 == 7) {
        JsonNode scores = GOLDENS.get("scores").get(i / 8);
        assertThat(score.cumulativeIou()).isEqualTo(scores.get("c_iou").asDouble(), within(1e-15));
        assertThat(score.meanIou()).isEqualTo(scores.get("g_iou").asDouble(), within(1e-15));
        score = new MaskScore();
      }
    }
  }

  @Test
  void fillsPolygons() {
    assertThat(GOLDENS.get("polygons")).hasSize(150);
    for (JsonNode golden : GOLDENS.get("polygons")) {
      List<double[]> polygons = new ArrayList<>();
      for (JsonNode polygon : golden.get("polygons")) {
        polygons.add(
            StreamSupport.stream(polygon.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray());
      }
      Mask mask = Mask.ofPolygons(size(golden), polygons);
      assertThat(mask.toCocoRle().counts())
          .as("%s", golden)
          .isEqualTo(golden.get("counts").asText());
    }
  }
}
