package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ImageSize;
import io.fovea.grounding.Box;
import io.fovea.grounding.Region;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamedObjectsTest {
  private static final ImageSize SIZE = new ImageSize(200, 100);

  private static final NamedObjects TWO_STARS_AND_A_CIRCLE =
      new NamedObjects(
          List.of(
              shown("blue star", 0, 0, 20, 20),
              shown("orange circle", 30, 0, 50, 20),
              shown("blue star", 60, 0, 80, 20)));

  private static Expected.Shown shown(String phrase, double... box) {
    return new Expected.Shown(phrase, List.of(box[0], box[1], box[2], box[3]));
  }

  private static Region region(String phrase, double left, double right) {
    return Region.asked(phrase, Box.ofPixels(left, 0, right, 20, SIZE), 1);
  }

  @Test
  void namesCountInAnyOrderButEachAsOftenAsItIsThere() {
    String head = "The image shows ";
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalNamesOf(
                head + "a blue star, an orange circle and a blue star."))
        .isTrue();
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalNamesOf(
                head + "an Orange Circle, a blue star, a blue star"))
        .isTrue();
    assertThat(TWO_STARS_AND_A_CIRCLE.equalNamesOf(head + "a blue star and an orange circle."))
        .isFalse();
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalNamesOf(
                head + "a blue star, an orange circle, an orange circle and a blue star."))
        .isFalse();
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalNamesOf(
                head + "a blue star, an orange circle and a red star."))
        .isFalse();
    assertThat(TWO_STARS_AND_A_CIRCLE.equalNamesOf("")).isFalse();
  }

  @Test
  void regionsNeedTheWordsAndTheBox() {
    Region first = region("a blue star", 0, 20);
    Region circle = region("orange circle", 30, 50);
    Region second = region("blue star", 62, 80);
    assertThat(TWO_STARS_AND_A_CIRCLE.equalRegions(List.of(second, circle, first), SIZE)).isTrue();
    assertThat(TWO_STARS_AND_A_CIRCLE.equalRegions(List.of(first, circle), SIZE)).isFalse();
    assertThat(TWO_STARS_AND_A_CIRCLE.equalRegions(List.of(first, circle, second, second), SIZE))
        .isFalse();
    assertThat(TWO_STARS_AND_A_CIRCLE.equalRegions(List.of(first, circle, first), SIZE))
        .as("one object named twice in place of its neighbour")
        .isFalse();
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalRegions(
                List.of(first, region("a red circle", 30, 50), second), SIZE))
        .isFalse();
    assertThat(
            TWO_STARS_AND_A_CIRCLE.equalRegions(
                List.of(first, region("orange circle", 41, 61), second), SIZE))
        .as("IoU below a half")
        .isFalse();
  }
}
