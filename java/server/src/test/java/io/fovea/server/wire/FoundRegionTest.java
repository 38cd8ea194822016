package io.fovea.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ImageSize;
import io.fovea.engine.Caption;
import io.fovea.grounding.Box;
import io.fovea.grounding.Region;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Regions of captions: what is known of them, and nothing that is not. */
class FoundRegionTest {
  private static final ImageSize SIZE = new ImageSize(200, 100);
  private static final Region READ =
      Region.builder(new Box(100, 200, 300, 400)).phrase("a cat").textStart(0).textEnd(5).build();

  private static FoundRegion inCaption(Region region) {
    Caption caption =
        Caption.builder().text("a cat").plainText("a cat").regions(List.of(region)).build();
    return FoundRegion.inCaption(caption, SIZE).get(0);
  }

  @Test
  void aBoxThatWasReadFromTextHasNoConfidence() {
    FoundRegion found = inCaption(READ);
    assertThat(found.pixels()).containsExactly(20.0, 20.0, 60.0, 40.0);
    assertThat(found.range()).containsExactly(0, 5);
    assertThat(found.confidence()).isNull();
    assertThat(found.spread()).isNull();
  }

  @Test
  void aConfidenceThatIsKnownIsPassedOn() {
    Region sure = READ.toBuilder().confidence(0.12345).calibratedConfidence(0.9).build();
    assertThat(inCaption(sure).confidence()).isEqualTo(0.1235);
    assertThat(inCaption(sure).calibratedConfidence()).isEqualTo(0.9);
  }
}
