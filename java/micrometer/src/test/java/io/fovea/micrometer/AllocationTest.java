package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fovea.engine.StepEvent;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What telling costs the engine's thread. */
class AllocationTest {
  private static final int STEPS = 100_000;

  @Test
  void aStepAllocatesNextToNothing() {
    EngineMetrics metrics = new EngineMetrics("shapes");
    metrics.bindTo(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    StepEvent event =
        StepEvent.builder().rows(8).requests(8).duration(Duration.ofMillis(3)).build();
    tell(metrics, event);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    tell(metrics, event);
    double bytes = (threads.getCurrentThreadAllocatedBytes() - before) / (double) STEPS;
    assertThat(bytes).as("bytes a step").isLessThan(16);
  }

  private static void tell(EngineMetrics metrics, StepEvent event) {
    for (int i = 0; i < STEPS; i++) {
      metrics.step(event);
    }
  }
}
