package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.engine.EngineListener;
import io.fovea.engine.RequestEvent;
import io.fovea.engine.RequestKind;
import io.fovea.engine.RequestOutcome;
import io.fovea.engine.StepEvent;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A call that has begun, as its first step tells, is given up. */
@Timeout(300)
class McpCancellationTest {
  private static final int MOST_STEPS = 2; // the one that was running, and one more

  private final Held held = new Held();

  /** Holds the engine at its first step until it is let go on. */
  private static final class Held implements EngineListener {
    private final Semaphore stepped = new Semaphore(0);
    private final Semaphore goOn = new Semaphore(0);
    private final AtomicInteger steps = new AtomicInteger();
    private final BlockingQueue<RequestEvent> ended = new LinkedBlockingQueue<>();

    @Override
    public void step(StepEvent event) {
      if (steps.incrementAndGet() == 1) {
        stepped.release();
        goOn.acquireUninterruptibly();
      }
    }

    @Override
    public void request(RequestEvent event) {
      if (event.kind() != RequestKind.ENCODE) {
        ended.add(event);
      }
    }

    RequestOutcome outcome() throws InterruptedException {
      RequestEvent event = ended.poll(60, TimeUnit.SECONDS);
      assertThat(event).as("the engine's request has ended").isNotNull();
      return event.outcome();
    }
  }

  private void begin(McpAssistant assistant, String tool, String arguments) throws Exception {
    assistant.call(1, tool, arguments);
    assertThat(held.stepped.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "locate|'phrases':['the star','the circle','the square']",
        "ask|'question':'How many objects are there?'",
        "caption|'max_new_tokens':400",
        "annotate|'max_side':64",
        "annotate|'phrases':['the star','the circle']"
      },
      quoteCharacter = '`')
  void aCancelledCallStopsAndIsNotAnswered(String tool, String more) throws Exception {
    try (McpAssistant assistant = new McpAssistant(held).greet()) {
      begin(assistant, tool, "{'image':'scene.png'," + more + "}");
      assistant.send(
          "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':1,'reason':'no'}}");
      assistant.send("{'jsonrpc':'2.0','id':2,'method':'ping'}");
      assertThat(assistant.next().get("id").asInt()).isEqualTo(2); // the cancellation was read
      awaitInterrupt(assistant);
      held.goOn.release();
      assertThat(held.outcome()).isEqualTo(RequestOutcome.CANCELLED);
      assertThat(held.steps).hasValueLessThanOrEqualTo(MOST_STEPS);

      assistant.call(3, "ask", "{'image':'scene.png','question':'How many objects are there?'}");
      JsonNode next = assistant.next();
      assertThat(next.get("id").asInt()).isEqualTo(3);
      assertThat(next.at("/result/structuredContent/text").asText()).isEqualTo("6");
      assertThat(assistant.hangUp()).isTrue();
      assertThat(assistant.received).isEmpty();
      assertNoPictures(assistant);
    }
  }

  /** The worker gives its wait up before the engine goes on: the engine sees that at its step. */
  private static void awaitInterrupt(McpAssistant assistant) throws InterruptedException {
    long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Thread.getAllStackTraces().values().stream().anyMatch(McpCancellationTest::waits)) {
      assertThat(System.nanoTime()).isLessThan(last);
      Thread.sleep(5);
    }
  }

  private static boolean waits(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getClassName().equals(McpTools.class.getName())) {
        return true;
      }
    }
    return false;
  }

  private static void assertNoPictures(McpAssistant assistant) throws InterruptedException {
    long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (assistant.engine.stats().openImages() > 0 && System.nanoTime() < last) {
      Thread.sleep(5);
    }
    assertThat(assistant.engine.stats().openImages()).isZero();
  }

  @Test
  void whatRunsAtTheEndOfTheInputIsCancelled() throws Exception {
    try (McpAssistant assistant = new McpAssistant(held).greet()) {
      begin(assistant, "caption", "{'image':'scene.png'}");
      assertThat(assistant.hangUp()).isTrue(); // while the engine cannot go on
      awaitInterrupt(assistant);
      held.goOn.release();
      assertThat(held.outcome()).isEqualTo(RequestOutcome.CANCELLED);
      assertThat(held.steps).hasValueLessThanOrEqualTo(MOST_STEPS);
      assertThat(assistant.received).isEmpty();
      assertNoPictures(assistant);
    } finally {
      held.goOn.release();
    }
  }

  @Test
  void cancellingWhatIsNotThereDoesNothing() throws Exception {
    held.goOn.release(1);
    try (McpAssistant assistant = new McpAssistant(held).greet()) {
      for (String params :
          new String[] {"{}", "{'requestId':9}", "{'requestId':{}}", "{'requestId':null}"}) {
        assistant.send(
            "{'jsonrpc':'2.0','method':'notifications/cancelled','params':" + params + "}");
      }
      assistant.send("{'jsonrpc':'2.0','method':'notifications/cancelled'}");
      assistant.call(1, "ask", "{'image':'scene.png','question':'How many objects are there?'}");
      assistant.send(
          "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':'1'}}");
      assertThat(assistant.next().at("/result/structuredContent/text").asText()).isEqualTo("6");
      assertThat(assistant.hangUp()).isTrue();
    }
  }
}
