package io.fovea.bench;

import io.fovea.engine.Caption;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Generated tokens a second with one to several callers, whose requests share the engine's steps.
 * Read the {@code tokens} line of the result; prefill of the prompt is included.
 *
 * <pre>java -jar bench/target/fovea-bench.jar DecodeBenchmark</pre>
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
public class DecodeBenchmark {
  /** What JMH reports beside the number of calls. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Generated {
    /** Tokens generated in the iteration. */
    public long tokens;
  }

  @Benchmark
  @Threads(1)
  public Caption oneCaller(OpenModel open, Generated generated) {
    return caption(open, generated);
  }

  @Benchmark
  @Threads(4)
  public Caption fourCallers(OpenModel open, Generated generated) {
    return caption(open, generated);
  }

  private static Caption caption(OpenModel open, Generated generated) {
    Caption caption = open.engine().caption(open.encoded());
    generated.tokens += caption.usage().completionTokens();
    return caption;
  }
}
