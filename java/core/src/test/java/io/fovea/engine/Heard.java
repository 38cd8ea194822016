package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Keeps what an engine tells. */
final class Heard extends SlowSteps {
  /** The end of a request, and the thread that told of it. */
  record End(RequestEvent event, Thread thread) {
    boolean onEngineThread() {
      return thread.getName().equals("fovea-engine");
    }
  }

  final Queue<StepEvent> steps = new ConcurrentLinkedQueue<>();
  final Queue<EncodeEvent> encodes = new ConcurrentLinkedQueue<>();
  final Queue<PrefillEvent> prefills = new ConcurrentLinkedQueue<>();
  final Queue<End> ends = new ConcurrentLinkedQueue<>();

  @Override
  public void step(StepEvent event) {
    super.step(event);
    steps.add(event);
  }

  @Override
  public void encode(EncodeEvent event) {
    encodes.add(event);
  }

  @Override
  public void prefill(PrefillEvent event) {
    prefills.add(event);
  }

  @Override
  public void request(RequestEvent event) {
    ends.add(new End(event, Thread.currentThread()));
  }

  List<RequestEvent> requests() {
    return ends.stream().map(End::event).toList();
  }

  List<RequestOutcome> outcomes() {
    return requests().stream().map(RequestEvent::outcome).toList();
  }

  /** Ends of requests of {@code caller} so far. */
  List<End> endsOf(@Nullable String caller) {
    return ends.stream().filter(end -> Objects.equals(end.event().caller(), caller)).toList();
  }

  /** The end of the only request of {@code caller}; waits for it. */
  End end(@Nullable String caller) {
    EngineTest.await(() -> !endsOf(caller).isEmpty());
    List<End> ends = endsOf(caller);
    assertThat(ends).hasSize(1);
    return ends.get(0);
  }

  /** What was told of the only request of {@code caller}; waits for it. */
  RequestEvent of(@Nullable String caller) {
    return end(caller).event();
  }
}
