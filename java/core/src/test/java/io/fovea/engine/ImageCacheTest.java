package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ImageCacheTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    engine = GOLDEN.engine().build();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static byte[] picture(int color) {
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(3, 3, color);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  private static long bytesOfOne() {
    try (ImageCache cache = new ImageCache(engine, 0);
        EncodedImage image = cache.encode(picture(1))) {
      return image.bytes();
    }
  }

  @Test
  void equalFilesAreEncodedOnce() {
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      try (EncodedImage first = cache.encode(picture(7));
          EncodedImage second = cache.encode(picture(7))) {
        first.close();
        assertThat(engine.caption(second).text()).isNotEmpty();
        assertThat(cache.stats()).isEqualTo(new ImageCache.Stats(1, second.bytes(), 1, 1, 0));
      }
      EngineTest.await(() -> engine.stats().openImages() == 1); // the cache's own
    }
    assertNothingLeaks(engine);
  }

  @Test
  void theLeastRecentlyUsedGoesFirstAndItsHandlesStay() {
    try (ImageCache cache = new ImageCache(engine, 2 * bytesOfOne())) {
      EncodedImage held = cache.encode(picture(1));
      cache.encode(picture(2)).close();
      cache.encode(picture(1)).close(); // used again
      cache.encode(picture(3)).close(); // 2 goes
      assertThat(cache.stats().evictions()).isOne();
      cache.encode(picture(1)).close();
      assertThat(cache.stats().hits()).isEqualTo(2);
      cache.encode(picture(2)).close(); // 3 goes
      cache.encode(picture(4)).close(); // 1 goes
      assertThat(cache.stats().images()).isEqualTo(2);
      assertThat(cache.stats().bytes()).isEqualTo(2 * held.bytes());
      assertThat(engine.caption(held).text()).isNotEmpty();
      held.close();
    }
    assertNothingLeaks(engine);
  }

  @Test
  void whoComesAtTheSameTimeSharesTheWork() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      long before = engine.stats().completed();
      CountDownLatch together = new CountDownLatch(8);
      List<CompletableFuture<Integer>> all =
          IntStream.range(0, 8)
              .mapToObj(
                  i ->
                      CompletableFuture.supplyAsync(
                          () -> {
                            together.countDown();
                            try (EncodedImage image = cache.encode(picture(99))) {
                              return image.size().width();
                            }
                          },
                          pool))
              .toList();
      for (CompletableFuture<Integer> each : all) {
        assertThat(each.get()).isEqualTo(8);
      }
      assertThat(cache.stats().misses()).isOne();
      assertThat(cache.stats().hits()).isEqualTo(7);
      EngineTest.await(() -> engine.stats().completed() == before + 1);
    } finally {
      pool.shutdown();
    }
    assertNothingLeaks(engine);
  }

  /** Who waited for another call that was interrupted encodes in what is left of its own time. */
  @Test
  void waitingForAnotherCallCountsForTheDeadline() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    EncodeOptions hasty = EncodeOptions.builder().deadline(Duration.ofMillis(300)).build();
    CompletableFuture<Throwable> first = new CompletableFuture<>();
    CompletableFuture<Throwable> second = new CompletableFuture<>();
    try (FoveaEngine stopped = GOLDEN.engine().listener(heldBy(released)).build();
        ImageCache cache = new ImageCache(stopped, 1 << 20)) {
      TokenStream running = stopped.stream(ChatRequest.textOnly("hello").build());
      EngineTest.await(() -> running.poll() != null); // the step's end is being told
      Thread interrupted = caller(cache, EncodeOptions.defaults(), first);
      EngineTest.await(() -> cache.stats().misses() == 1);
      Thread waiting = caller(cache, hasty, second);
      EngineTest.await(() -> waiting.getState() == Thread.State.TIMED_WAITING);
      Thread.sleep(200);
      interrupted.interrupt();
      assertThat(first.join()).isInstanceOf(GenerationCancelledException.class);
      Thread.sleep(200);
      released.countDown();
      assertThat(second.join()).isInstanceOf(DeadlineExceededException.class);
      running.close();
    }
  }

  /** Keeps the engine's thread at the end of each step until it is released. */
  private static EngineListener heldBy(CountDownLatch released) {
    return new EngineListener() {
      @Override
      public void step(StepEvent event) {
        try {
          released.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private static Thread caller(
      ImageCache cache, EncodeOptions options, CompletableFuture<Throwable> thrown) {
    Thread caller =
        new Thread(() -> thrown.complete(catchThrowable(() -> cache.encode(picture(3), options))));
    caller.start();
    return caller;
  }

  @Test
  void laterTheSameIsEncodedOnce() {
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      List<CompletableFuture<EncodedImage>> all =
          IntStream.range(0, 8)
              .mapToObj(i -> cache.encodeAsync(picture(98), EncodeOptions.defaults()))
              .toList();
      for (CompletableFuture<EncodedImage> each : all) {
        try (EncodedImage image = each.join()) {
          assertThat(image.size().width()).isEqualTo(8);
        }
      }
      assertThat(cache.stats().misses()).isOne();
      assertThat(cache.stats().hits()).isEqualTo(7);
      assertThatThrownBy(() -> cache.encodeAsync(new byte[1], EncodeOptions.defaults()).join())
          .hasCauseInstanceOf(ImageException.class);
    }
    assertNothingLeaks(engine);
  }

  /** Who shares an encoding that its caller gives up gets the picture all the same. */
  @Test
  void aCancelledCallLeavesTheOthersTheirPicture() {
    CountDownLatch released = new CountDownLatch(1);
    try (FoveaEngine stopped = GOLDEN.engine().listener(heldBy(released)).build();
        ImageCache cache = new ImageCache(stopped, 1 << 20)) {
      TokenStream running = stopped.stream(ChatRequest.textOnly("hello").build());
      EngineTest.await(() -> running.poll() != null); // the step's end is being told
      EncodeOptions hasty = EncodeOptions.builder().deadline(Duration.ofMillis(50)).build();
      CompletableFuture<EncodedImage> first =
          cache.encodeAsync(picture(4), EncodeOptions.defaults());
      CompletableFuture<EncodedImage> second =
          cache.encodeAsync(picture(4), EncodeOptions.defaults());
      CompletableFuture<EncodedImage> late = cache.encodeAsync(picture(4), hasty);
      assertThatThrownBy(late::join).hasCauseInstanceOf(DeadlineExceededException.class);
      first.cancel(false);
      released.countDown();
      try (EncodedImage image = second.join()) {
        assertThat(image.size().width()).isEqualTo(8);
      }
      running.close();
      cache.close();
      EngineTest.await(() -> stopped.stats().openImages() == 0);
    }
  }

  @Test
  void failuresAreNotKept() {
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> cache.encode(new byte[] {1, 2, 3}))
            .isInstanceOf(ImageException.class);
      }
      EncodeOptions late = EncodeOptions.builder().deadline(Duration.ofNanos(1)).build();
      assertThatThrownBy(() -> cache.encode(picture(5), late))
          .isInstanceOf(DeadlineExceededException.class);
      assertThat(cache.stats()).isEqualTo(new ImageCache.Stats(0, 0, 0, 3, 0));
      cache.encode(picture(5)).close();
    }
    assertNothingLeaks(engine);
  }

  @Test
  void nothingComesOfAClosedEngine() {
    FoveaEngine own = GOLDEN.engine().build();
    try (ImageCache cache = new ImageCache(own, 1 << 20)) {
      cache.encode(picture(1)).close();
      own.close();
      assertThatThrownBy(() -> cache.encode(picture(1))).isInstanceOf(EngineClosedException.class);
    }
  }

  @Test
  void aClosedCacheTakesNoMore() {
    ImageCache cache = new ImageCache(engine, 1 << 20);
    EncodedImage image = cache.encode(picture(1));
    cache.close();
    cache.close();
    assertThat(engine.caption(image).text()).isNotEmpty();
    assertThatThrownBy(() -> cache.encode(picture(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cache is closed");
    image.close();
    assertNothingLeaks(engine);
  }
}
