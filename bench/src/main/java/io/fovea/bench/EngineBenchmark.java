package io.fovea.bench;

import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time of one request, alone on the engine.
 *
 * <pre>java -jar bench/target/fovea-bench.jar EngineBenchmark</pre>
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
public class EngineBenchmark {
  private static final LocateOptions ONE_BOX = LocateOptions.builder().maxBoxes(1).build();

  /** File to image handle: decoding, vision encoder, key-value prefix. */
  @Benchmark
  public Duration encode(OpenModel open) {
    try (EncodedImage image = open.engine().encode(open.picture())) {
      return image.encodeTime();
    }
  }

  /** Phrase to one box on an encoded picture. */
  @Benchmark
  public Grounding locate(OpenModel open) {
    return open.engine().locate(open.encoded(), "the red circle", ONE_BOX);
  }

  /** Question to short answer on an encoded picture. */
  @Benchmark
  public Answer ask(OpenModel open) {
    return open.engine().ask(open.encoded(), "How many objects are there?");
  }

  /** A caption with boxes: the longest generation of the bundled model. */
  @Benchmark
  public Caption caption(OpenModel open) {
    return open.engine().caption(open.encoded());
  }
}
