package io.fovea.micrometer;

import io.fovea.engine.EngineBuilder;
import io.fovea.engine.EngineListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.StepEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;

/** The model and the picture that ship with the project. */
final class Bundled {
  static final Path REPOSITORY = Path.of(System.getProperty("fovea.repository"));

  private static final Path MODEL = REPOSITORY.resolve("weights-tools/models/cogvlm-shapes");
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private Bundled() {}

  static EngineBuilder engine() {
    return FoveaEngine.builder().model(MODEL).threads(1);
  }

  static byte[] picture() {
    try {
      return Files.readAllBytes(MODEL.resolve("demo/scene.png"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the engine tells may come a moment after the caller has its result. */
  static void await(BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > PATIENCE.toNanos()) {
        Assertions.fail("what was awaited did not come");
      }
      Thread.onSpinWait();
    }
  }

  /** Holds the engine's thread after each step, until it is let go on. */
  static final class Gate implements EngineListener, AutoCloseable {
    private final Semaphore steps = new Semaphore(0);
    private final AtomicInteger reached = new AtomicInteger();

    @Override
    public void step(StepEvent event) {
      reached.incrementAndGet();
      steps.acquireUninterruptibly();
    }

    /** Waits until the engine waits here for the so-manieth time. */
    void awaitStep(int number) {
      await(() -> reached.get() == number);
    }

    /** Lets one step end. */
    void pass() {
      steps.release();
    }

    /** Lets all steps end. */
    @Override
    public void close() {
      steps.release(Integer.MAX_VALUE / 2);
    }
  }
}
