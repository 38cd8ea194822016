package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fovea.NativeFaultException;
import io.fovea.decoding.Choice;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObserversTest {
  private static final int ROUNDS = 1000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final NativeFaultException FAULT = new NativeFaultException("on purpose");
  private static final Silent WORK = new Silent();

  /** Work that must not be asked what there is to tell. */
  private static final class Silent extends IdleWork implements Rows.Generated {
    Silent() {
      super(Priority.NORMAL, "somebody", null);
    }

    @Override
    public @Nullable SequenceRun run() {
      return null;
    }

    @Override
    public void entered(int cached) {}

    @Override
    public void proceed(Choice.@Nullable Chosen chosen) {}

    @Override
    public Choice choice() {
      throw new IllegalStateException("nothing is chosen");
    }

    @Override
    public PrefillEvent prefillEvent() {
      throw new IllegalStateException("nobody looks");
    }
  }

  private static void tellAll(Observers observers) {
    for (int i = 0; i < ROUNDS; i++) {
      observers.stepBegins();
      observers.stepped(10, 4, 3, 1_000_000);
      observers.prefilled(WORK);
      observers.ended(WORK, RequestOutcome.COMPLETED);
      observers.failed(WORK, FAULT);
    }
  }

  @Test
  void nothingIsMadeWhereNobodyLooks() {
    Observers observers = new Observers(List.of());
    tellAll(observers); // loads what it needs
    long before = THREADS.getCurrentThreadAllocatedBytes();
    tellAll(observers);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isZero();
    assertThat(observers.count(RequestOutcome.COMPLETED)).isEqualTo(2 * ROUNDS);
    assertThat(observers.count(RequestOutcome.FAILED)).isEqualTo(2 * ROUNDS);
  }

  /** The meter of the test above does see events. */
  @Test
  void somethingIsMadeForAListener() {
    Observers observers = new Observers(List.of(new EngineListener() {}));
    observers.stepped(10, 4, 3, 1_000_000);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    observers.stepped(10, 4, 3, 1_000_000);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isPositive();
  }
}
