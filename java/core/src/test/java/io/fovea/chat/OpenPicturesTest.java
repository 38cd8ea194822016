package io.fovea.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.engine.Device;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.ImageCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenPicturesTest {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");

  private static FoveaEngine engine;
  private static byte[] scene;

  @BeforeAll
  static void open() throws IOException {
    scene = Files.readAllBytes(MODEL.resolve("demo/scene.png"));
    engine = FoveaEngine.builder().model(MODEL).device(Device.cpu()).threads(1).build();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @AfterEach
  void nothingStaysOpen() {
    long end = System.nanoTime() + 20_000_000_000L;
    while (engine.stats().openImages() > 0) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static OpenPictures open(@Nullable ImageCache cache, String... pictures) {
    return OpenPictures.open(
        engine,
        cache,
        List.of(pictures),
        picture -> {
          if (picture.equals("none")) {
            throw new InvalidRequestException("there is no such picture", "send another");
          }
          return scene;
        },
        EncodeOptions.defaults());
  }

  @Test
  void inTheirOrderAndClosedTogether() {
    List<EncodedImage> images;
    try (OpenPictures pictures = open(null, "a", "b")) {
      images = pictures.images();
      assertThat(images).hasSize(2);
      assertThat(images).allSatisfy(each -> assertThat(engine.ask(each, "What?")).isNotNull());
    }
    assertThat(images)
        .allSatisfy(
            each ->
                assertThatThrownBy(() -> engine.ask(each, "What?"))
                    .isInstanceOf(IllegalStateException.class));
    assertThat(open(null).images()).isEmpty();
  }

  @Test
  void allOrNone() {
    assertThatThrownBy(() -> open(null, "a", "none"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no such picture");
  }

  @Test
  void theCacheEncodesWhatIsSentAgainOnce() {
    try (ImageCache cache = new ImageCache(engine, 64 << 20)) {
      open(cache, "a").close();
      open(cache, "a", "a").close();
      assertThat(cache.stats().misses()).isEqualTo(1);
      assertThatThrownBy(() -> open(cache, "a", "none"))
          .isInstanceOf(InvalidRequestException.class);
    }
  }
}
