package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.FoveaException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What pictures may take of the heap, from many callers and whatever becomes of them. */
@Timeout(120)
class DecodingRoomInEngineTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final EncodeOptions DEFAULTS = EncodeOptions.defaults();
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 900;
  private static final int PIXEL_BYTES = 3 * WIDTH * HEIGHT;

  /** Takes 3 bytes a pixel and about a MiB beside, so that a room of 9 MiB has space for two. */
  private static final byte[] PNG = png(WIDTH, HEIGHT, 0);

  private static final int ROOM = 9 << 20;

  private static byte[] png(int width, int height, int seed) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(new Color(seed * 77 & 255, seed * 31 & 255, 120));
    graphics.fillRect(seed, 2 * seed, width / 2, height / 3);
    graphics.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void assertRoomIsWhole(FoveaEngine engine) {
    EngineTest.await(() -> engine.room().taken() == 0);
    try (DecodingRoom.Hold hold = engine.room().hold()) { // and nobody stands in line
      ImageDecoder.DEFAULT.decode(ImageInput.of(PNG), hold);
    }
    assertThat(engine.room().mostTaken()).isLessThanOrEqualTo(engine.room().bytes());
  }

  /** What a decoded picture in other hands leaves is not enough for another. */
  private static DecodingRoom.Hold fill(FoveaEngine engine) {
    DecodingRoom.Hold hold = engine.room().hold();
    ImageDecoder.DEFAULT.decode(ImageInput.of(PNG), hold);
    return hold;
  }

  @Test
  void sixteenThreadsKeepWithinTheRoomAndAllGetTheirPicture(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("large.png"), PNG);
    try (FoveaEngine engine = GOLDEN.engine().decodeBytes(ROOM).build()) {
      ExecutorService pool = Executors.newFixedThreadPool(16);
      List<Future<String>> sizes = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        ImageInput input = i % 2 == 0 ? ImageInput.of(file) : ImageInput.of(PNG);
        sizes.add(
            pool.submit(
                () -> {
                  try (EncodedImage image = engine.encode(input)) {
                    return image.size().toString();
                  }
                }));
      }
      for (Future<String> size : sizes) {
        assertThat(size.get(100, TimeUnit.SECONDS)).isEqualTo(WIDTH + "x" + HEIGHT);
      }
      pool.shutdown();
      assertThat(engine.room().mostTaken()).isBetween((long) PIXEL_BYTES, (long) ROOM);
      assertRoomIsWhole(engine);
    }
  }

  @Test
  void refusingATooLargePictureCostsLittle() {
    byte[] large = png(3000, 2000, 1);
    try (FoveaEngine engine = GOLDEN.engine().decodeBytes(ROOM).build()) {
      engine.encode(ImageInput.of(PNG)).close();
      assertThat(refusal(engine, large)) // and loads the classes
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("MiB of the Java heap")
          .hasMessageContaining("decodeBytes");
      assertCheap(engine, large);
      assertRoomIsWhole(engine);
    }
  }

  @Test
  void refusingWhereTheQueueIsFullCostsLittle() {
    GenerationOptions endless = GenerationOptions.builder().maxNewTokens(1_000_000).build();
    try (FoveaEngine engine = GOLDEN.engine().maxRunning(1).queueCapacity(1).build()) {
      try (TokenStream running =
          engine.stream(ChatRequest.textOnly("hello").options(endless).build())) {
        EngineTest.await(() -> engine.stats().running() == 1);
        try (TokenStream waiting =
            engine.stream(ChatRequest.textOnly("hello").options(endless).build())) {
          assertThat(refusal(engine, PNG)).isInstanceOf(RequestRejectedException.class);
          assertCheap(engine, PNG);
          assertThat(engine.room().mostTaken()).isZero();
        }
      }
    }
  }

  private static Throwable refusal(FoveaEngine engine, byte[] png) {
    try {
      engine.encode(ImageInput.of(png)).close();
    } catch (FoveaException e) {
      return e;
    }
    return new AssertionError("the picture was encoded");
  }

  /** Some of several within 20 ms, since other work may interrupt one; none with 5 MB. */
  private static void assertCheap(FoveaEngine engine, byte[] png) {
    long thread = Thread.currentThread().getId();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long allocated = THREADS.getThreadAllocatedBytes(thread);
      long begin = System.nanoTime();
      assertThat(refusal(engine, png)).isInstanceOf(FoveaException.class);
      best = Math.min(best, System.nanoTime() - begin);
      assertThat(THREADS.getThreadAllocatedBytes(thread) - allocated).isLessThan(5_000_000);
    }
    assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(20));
  }

  @Test
  void waitingForRoomEndsByDeadlineCancelAndInterrupt() throws InterruptedException {
    CompletableFuture<Thread> worker = new CompletableFuture<>();
    ExecutorService pool = Executors.newSingleThreadExecutor();
    pool.execute(() -> worker.complete(Thread.currentThread()));
    try (FoveaEngine engine = GOLDEN.engine().decodeBytes(6 << 20).executor(pool).build()) {
      DecodingRoom.Hold other = fill(engine);
      EncodeOptions brief = DEFAULTS.toBuilder().deadline(Duration.ofMillis(40)).build();
      assertThatThrownBy(() -> engine.encode(ImageInput.of(PNG), brief))
          .isInstanceOf(DeadlineExceededException.class);

      CompletableFuture<EncodedImage> later = engine.encodeAsync(ImageInput.of(PNG), DEFAULTS);
      EngineTest.await(() -> worker.join().getState() == Thread.State.TIMED_WAITING);
      assertThat(later.cancel(true)).isTrue();
      pool.shutdown();
      assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).as("its thread has left").isTrue();

      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread caller = new Thread(() -> failure.complete(refusal(engine, PNG)));
      caller.start();
      EngineTest.await(() -> caller.getState() == Thread.State.TIMED_WAITING);
      caller.interrupt();
      assertThat(failure.join()).isInstanceOf(GenerationCancelledException.class);

      EngineTest.await(() -> engine.stats().cancelled() == 2 && engine.stats().late() == 1);
      assertThat(engine.room().taken()).isEqualTo(PIXEL_BYTES);
      other.close();
      assertRoomIsWhole(engine);
    }
  }

  @Test
  void closingTheEngineEndsThoseWhoWaitForRoom() throws InterruptedException {
    FoveaEngine engine = GOLDEN.engine().decodeBytes(6 << 20).build();
    DecodingRoom.Hold other = fill(engine);
    List<CompletableFuture<Throwable>> ends = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Throwable> end = new CompletableFuture<>();
      ends.add(end);
      Thread caller =
          new Thread(
              () -> {
                try {
                  engine.encode(ImageInput.of(PNG));
                } catch (RuntimeException e) {
                  end.complete(e);
                }
              });
      caller.start();
      EngineTest.await(() -> caller.getState() == Thread.State.TIMED_WAITING);
    }
    engine.close();
    ends.forEach(end -> assertThat(end.join()).isInstanceOf(EngineClosedException.class));
    other.close();
    assertThat(engine.room().taken()).isZero();
  }

  /** Cancels, deadlines, damage and closes at any moment, also while others wait. */
  @Test
  void theRoomIsWholeAfterAnyMixtureOfEnds() throws Exception {
    long seed = 5;
    try (FoveaEngine engine =
        GOLDEN.engine().decodeBytes(ROOM).queueCapacity(12).maxBatch(2).build()) {
      ExecutorService pool = Executors.newFixedThreadPool(6);
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 6; thread++) {
        Random random = new Random(seed + thread);
        done.add(pool.submit(() -> disturb(engine, random)));
      }
      for (Future<?> each : done) {
        each.get(100, TimeUnit.SECONDS);
      }
      pool.shutdown();
      assertRoomIsWhole(engine);
    }
  }

  private static void disturb(FoveaEngine engine, Random random) {
    for (int round = 0; round < 12; round++) {
      byte[] png = random.nextBoolean() ? PNG : png(600, 400, random.nextInt(50));
      if (random.nextInt(4) == 0) {
        png = java.util.Arrays.copyOf(png, png.length / 2);
      }
      Duration deadline = random.nextInt(3) == 0 ? Duration.ofMillis(1 + random.nextInt(60)) : null;
      EncodeOptions options = DEFAULTS.toBuilder().deadline(deadline).build();
      try {
        if (random.nextBoolean()) {
          engine.encode(ImageInput.of(png), options).close();
          continue;
        }
        CompletableFuture<EncodedImage> later = engine.encodeAsync(ImageInput.of(png), options);
        if (random.nextBoolean()) {
          Thread.sleep(random.nextInt(30));
          later.cancel(true);
        } else {
          later.join().close();
        }
      } catch (FoveaException e) {
        // one of the ends that are meant
      } catch (CompletionException e) {
        assertThat(e.getCause()).isInstanceOf(FoveaException.class);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void refusesARoomOfLessThanNothing() {
    assertThatThrownBy(() -> GOLDEN.engine().decodeBytes(-1).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("decodeBytes");
    assertThat(GOLDEN.options().decodeBytes()).isEqualTo(DecodingRoom.shareOfHeap());
  }
}
