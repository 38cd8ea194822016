package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.image.ImageInput;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handles of encoded pictures: who keeps them, and who forgets them. */
@Timeout(120)
class EncodedImageTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  @Test
  void everyHandleKeepsThePicture() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      EncodedImage first = engine.encode(PICTURE);
      EncodedImage second = first.retain();
      assertThat(second.size()).isEqualTo(first.size());
      assertThat(second.bytes()).isEqualTo(first.bytes()).isPositive();
      first.close();
      first.close(); // counts once
      assertThatThrownBy(first::retain).isInstanceOf(IllegalStateException.class);
      assertThat(engine.caption(second).text()).isNotEmpty();
      EngineTest.await(() -> engine.stats().openImages() == 1);
      second.close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void whatNobodyClosedIsFreedWhenItIsCollected() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      long before = engine.stats().deviceBytes();
      forget(engine);
      EngineTest.await(
          () -> {
            System.gc();
            return engine.stats().openImages() == 0;
          });
      assertThat(engine.stats().deviceBytes()).isEqualTo(before);
      assertNothingLeaks(engine);
    }
  }

  private static void forget(FoveaEngine engine) {
    EncodedImage dropped = engine.encode(PICTURE);
    assertThat(dropped.retain().size()).isEqualTo(dropped.size());
    EngineTest.await(() -> engine.stats().openImages() == 1);
  }
}
