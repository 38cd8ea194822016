package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.image.ImageInput;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several listeners, bad ones among them, and many requests. */
@Timeout(120)
class ListenersTogetherTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  /** Fails whatever it is told. */
  private static final class Broken implements EngineListener {
    private int calls;

    private void fail() {
      calls++;
      throw new AssertionError("broken, on purpose");
    }

    @Override
    public void step(StepEvent event) {
      fail();
    }

    @Override
    public void encode(EncodeEvent event) {
      fail();
    }

    @Override
    public void prefill(PrefillEvent event) {
      fail();
    }

    @Override
    public void request(RequestEvent event) {
      fail();
    }
  }

  @Test
  void aBrokenListenerHurtsNobodyAndIsLoggedOnce() {
    Broken broken = new Broken();
    Heard heard = new Heard();
    GenerationOptions brief = GenerationOptions.builder().maxNewTokens(4).build();
    String expected;
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      expected = engine.askTextOnly("What?", brief).text();
    }
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream console = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (FoveaEngine engine = GOLDEN.engine().listener(broken).listener(heard).build()) {
      engine.encode(PICTURE).close();
      assertThat(engine.askTextOnly("What?", brief).text()).isEqualTo(expected);
      assertThat(engine.health().isServing()).isTrue();
    } finally {
      System.setErr(console);
    }
    assertThat(heard.outcomes())
        .containsExactly(RequestOutcome.COMPLETED, RequestOutcome.COMPLETED);
    assertThat(broken.calls)
        .isEqualTo(
            heard.steps.size() + heard.encodes.size() + heard.prefills.size() + heard.ends.size());
    String[] lines = log.toString(StandardCharsets.UTF_8).split("\n");
    assertThat(lines)
        .filteredOn(line -> line.contains(Broken.class.getName() + " failed"))
        .hasSize(1);
    assertThat(lines).filteredOn(line -> line.contains("broken, on purpose")).hasSize(1);
  }

  @Test
  void listenersAreToldInTheirOrder() {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    EngineBuilder builder = GOLDEN.engine();
    for (String name : List.of("first", "second", "third")) {
      builder.listener(
          new EngineListener() {
            @Override
            public void request(RequestEvent event) {
              told.add(name);
            }
          });
    }
    try (FoveaEngine engine = builder.build()) {
      engine.encode(PICTURE).close();
    }
    assertThat(told).containsExactly("first", "second", "third");
  }

  /** Whatever ends a request, and on whichever thread, it is told once, and counted once. */
  @Test
  void everyRequestIsToldOnce() throws InterruptedException {
    int threads = 8;
    int each = 40;
    Heard heard = new Heard();
    try (FoveaEngine engine =
        GOLDEN.engine().listener(heard).queueCapacity(4).maxRunning(2).build()) {
      List<Thread> callers =
          IntStream.range(0, threads)
              .mapToObj(t -> new Thread(() -> callAtRandom(engine, t, each)))
              .toList();
      callers.forEach(Thread::start);
      for (Thread caller : callers) {
        caller.join();
      }
      EngineTest.await(() -> ended(engine.stats()) == threads * each); // figures trail by a moment
      EngineStats stats = engine.stats();
      assertThat(
              Arrays.stream(RequestOutcome.values())
                  .map(outcome -> Collections.frequency(heard.outcomes(), outcome)))
          .containsExactly(
              (int) stats.completed(),
              (int) stats.cancelled(),
              (int) stats.late(),
              (int) stats.failed(),
              (int) stats.rejected());
    }
    assertThat(heard.requests().stream().map(RequestEvent::caller))
        .doesNotHaveDuplicates()
        .hasSize(threads * each);
    assertThat(heard.outcomes())
        .contains(RequestOutcome.values()); // or the seeds have become too tame
  }

  private static long ended(EngineStats stats) {
    return stats.completed() + stats.cancelled() + stats.late() + stats.failed() + stats.rejected();
  }

  /** Requests that are finished, cancelled at some time, late, rejected or cannot be decoded. */
  private static void callAtRandom(FoveaEngine engine, int thread, int requests) {
    Random random = new Random(thread);
    for (int i = 0; i < requests; i++) {
      String caller = thread + "/" + i;
      Duration deadline = random.nextBoolean() ? Duration.ofMillis(1 + random.nextInt(9)) : null;
      CompletableFuture<?> future;
      if (random.nextInt(4) == 0) {
        ImageInput input = random.nextBoolean() ? PICTURE : ImageInput.of(new byte[] {1});
        EncodeOptions options = EncodeOptions.builder().caller(caller).deadline(deadline).build();
        future = engine.encodeAsync(input, options).thenAccept(EncodedImage::close);
      } else {
        GenerationOptions options =
            GenerationOptions.builder()
                .caller(caller)
                .deadline(deadline)
                .maxNewTokens(1 + random.nextInt(100))
                .build();
        future = engine.chatAsync(ChatRequest.textOnly("hello").options(options).build());
      }
      switch (random.nextInt(3)) {
        case 0 -> future.cancel(true);
        case 1 -> {
          Thread.yield();
          future.cancel(true);
        }
        default -> future.handle((value, thrown) -> thrown).join();
      }
    }
  }
}
