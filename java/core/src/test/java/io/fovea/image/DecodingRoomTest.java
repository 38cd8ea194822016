package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DecodingRoomTest {
  private static final ImageDecoder DECODER = ImageDecoder.DEFAULT;
  private static final String NAME = "some picture";

  /** Ends when asked to, or when its time is over. */
  private static final class Patience implements DecodingRoom.Terms {
    private final AtomicReference<RuntimeException> end = new AtomicReference<>();
    private final long deadline;

    Patience(Duration most) {
      deadline = System.nanoTime() + most.toNanos();
    }

    @Override
    public long nanosLeft() {
      return deadline - System.nanoTime();
    }

    @Override
    public void requireGoing() {
      if (end.get() != null) {
        throw end.get();
      }
      if (nanosLeft() <= 0) {
        throw new DeadlineExceededException("too late", "");
      }
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  private static Thread waiting(Runnable work) throws InterruptedException {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
    await(
        () ->
            thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  private static Throwable failure(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      return e;
    }
    return new AssertionError("no failure");
  }

  @Test
  void theFirstInLineGoesFirstHoweverMuchItNeeds() throws InterruptedException {
    DecodingRoom room = new DecodingRoom(100);
    DecodingRoom.Hold first = room.hold();
    first.claim(NAME, 60);
    List<String> order = new ArrayList<>();
    Thread large = waiting(() -> take(room, 90, "large", order));
    Thread small = waiting(() -> take(room, 10, "small", order)); // there would be room for it
    assertThat(room.taken()).isEqualTo(60);
    first.close();
    large.join();
    small.join();
    assertThat(order).containsExactlyInAnyOrder("large", "small");
    assertThat(room.mostTaken()).isEqualTo(100);
    assertThat(room.taken()).isZero();
  }

  private static void take(DecodingRoom room, long bytes, String name, List<String> order) {
    DecodingRoom.Hold hold = room.hold();
    hold.claim(name, bytes);
    synchronized (order) {
      order.add(name);
    }
    if (name.equals("large")) {
      hold.keep(90);
      while (order.size() < 2) {
        Thread.onSpinWait();
      }
    }
    hold.close();
  }

  /** Two that each have their file and wait for the rest would wait for ever. */
  @Test
  void onlyOneHoldsAPartOfWhatItNeeds() throws InterruptedException {
    DecodingRoom room = new DecodingRoom(100);
    DecodingRoom.Hold first = room.hold();
    first.claimFile(NAME, 40);
    Thread second =
        waiting(
            () -> {
              DecodingRoom.Hold hold = room.hold();
              hold.claimFile(NAME, 40);
              hold.claim(NAME, 60);
              hold.close();
            });
    assertThat(room.taken()).isEqualTo(40);
    first.claim(NAME, 60);
    first.keep(20);
    first.close();
    second.join();
    assertThat(room.taken()).isZero();
  }

  @Test
  void refusesWhatNeverFits() {
    DecodingRoom room = new DecodingRoom(3 << 20);
    try (DecodingRoom.Hold hold = room.hold()) {
      hold.claimFile(NAME, 1 << 20);
      assertThatThrownBy(() -> hold.claim(NAME, (2 << 20) + 1))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining(NAME)
          .hasMessageContaining("needs 4 MiB")
          .hasMessageContaining("the 3 MiB for all pictures")
          .hasMessageContaining("-Xmx")
          .hasMessageContaining("decodeBytes");
    }
    assertThat(room.taken()).isZero();
    assertThatThrownBy(() -> new DecodingRoom(0)).isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void waitingEndsByDeadlineRequestAndInterrupt() throws InterruptedException {
    DecodingRoom room = new DecodingRoom(100);
    DecodingRoom.Hold holder = room.hold();
    holder.claim(NAME, 100);
    Patience shortTime = new Patience(Duration.ofMillis(30));
    assertThat(failure(() -> room.hold(shortTime).claim(NAME, 1)))
        .isInstanceOf(DeadlineExceededException.class);

    Patience longTime = new Patience(Duration.ofHours(1));
    DecodingRoom.Hold hold = room.hold(longTime);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread asked = waiting(() -> failure.set(failure(() -> hold.claim(NAME, 1))));
    longTime.end.set(new GenerationCancelledException("asked to", ""));
    hold.wake();
    asked.join();
    assertThat(failure.get()).isSameAs(longTime.end.get());

    AtomicBoolean interrupted = new AtomicBoolean();
    Thread thread =
        waiting(
            () -> {
              failure.set(failure(() -> room.hold().claim(NAME, 1)));
              interrupted.set(Thread.currentThread().isInterrupted());
            });
    thread.interrupt();
    thread.join();
    assertThat(failure.get()).isInstanceOf(GenerationCancelledException.class);
    assertThat(interrupted).isTrue();

    holder.close();
    DecodingRoom.Hold after = room.hold();
    after.claim(NAME, 100); // nobody is left in line
    after.close();
    after.close();
    assertThat(room.taken()).isZero();
  }

  @Test
  void nothingIsTakenOnceItIsNotPermitted() throws InterruptedException {
    AtomicBoolean open = new AtomicBoolean(true);
    DecodingRoom room =
        new DecodingRoom(
            100,
            () -> {
              if (!open.get()) {
                throw new IllegalStateException("closed");
              }
            });
    DecodingRoom.Hold holder = room.hold();
    holder.claim(NAME, 100);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      threads.add(
          waiting(
              () -> {
                Throwable failure = failure(() -> room.hold().claim(NAME, 1));
                synchronized (failures) {
                  failures.add(failure);
                }
              }));
    }
    open.set(false);
    room.wake();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).hasSize(3).allMatch(IllegalStateException.class::isInstance);
    assertThat(failure(() -> room.hold().claim(NAME, 0))).isInstanceOf(IllegalStateException.class);
  }

  /** 16 threads, 64 pictures of all formats, from files, and room for two of the largest. */
  @Test
  void manyThreadsKeepWithinTheRoomAndAllGetTheirPicture(@TempDir Path folder) throws Exception {
    List<Path> files = LargePictures.write(folder, 600, 400);
    List<byte[]> expected = new ArrayList<>();
    long largest = 0;
    for (Path file : files) {
      DecodingRoom alone = new DecodingRoom(Long.MAX_VALUE);
      expected.add(DECODER.decode(ImageInput.of(file), alone.hold()).rgb());
      largest = Math.max(largest, alone.mostTaken());
    }
    DecodingRoom room = new DecodingRoom(2 * largest);
    ExecutorService pool = Executors.newFixedThreadPool(16);
    CountDownLatch go = new CountDownLatch(1);
    List<Future<byte[]>> found = new ArrayList<>();
    for (int i = 0; i < 4 * files.size(); i++) {
      Path file = files.get(i % files.size());
      found.add(
          pool.submit(
              () -> {
                go.await();
                try (DecodingRoom.Hold hold = room.hold()) {
                  return DECODER.decode(ImageInput.of(file), hold).rgb();
                }
              }));
    }
    go.countDown();
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).get(50, TimeUnit.SECONDS)).isEqualTo(expected.get(i % files.size()));
    }
    pool.shutdown();
    assertThat(room.mostTaken()).isBetween(largest, room.bytes());
    assertThat(room.taken()).isZero();
  }

  /** A picture keeps its pixels' room, and a failure keeps nothing. */
  @Test
  void holdsThePixelsUntilClosed(@TempDir Path folder) throws Exception {
    Path file = LargePictures.write(folder, 30, 20).get(0);
    DecodingRoom room = new DecodingRoom(1 << 26);
    DecodingRoom.Hold hold = room.hold();
    DECODER.decode(ImageInput.of(file), hold);
    assertThat(room.taken()).isEqualTo(3 * 30 * 20);
    hold.close();
    assertThat(room.taken()).isZero();

    byte[] cut = java.util.Arrays.copyOf(Files.readAllBytes(file), 60);
    Path damaged = Files.write(folder.resolve("cut.png"), cut);
    for (ImageInput input :
        List.of(ImageInput.of(damaged), ImageInput.of(cut), ImageInput.of(folder))) {
      assertThatThrownBy(() -> DECODER.decode(input, room.hold()))
          .isInstanceOf(ImageException.class);
      assertThat(room.taken()).isZero();
    }
    ImageInput memory = ImageInput.of(new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB));
    try (DecodingRoom.Hold next = room.hold()) { // nobody stands in line
      RgbImage picture = DECODER.decode(memory, next);
      assertThat(room.taken()).isEqualTo(3 * 5 * 4);
      next.close();
      DECODER.decode(ImageInput.of(picture), room.hold());
      assertThat(room.taken()).as("the caller has it anyway").isZero();
    }
  }
}
