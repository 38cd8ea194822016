package io.fovea.bench;

import io.fovea.text.SentencePieceTokenizer;
import io.fovea.text.Tokenizer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Text to token ids and back.
 *
 * <pre>java -jar bench/target/fovea-bench.jar TokenizerBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills the parameters, read() the rest
public class TokenizerBenchmark {
  private static final String PROMPT =
      "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]] for"
          + " each mentioned object? ";

  /** The tokenizer's file. */
  @Param("weights-tools/models/cogvlm-shapes/tokenizer.model")
  public String file;

  /** How often the prompt is repeated: 1 is 114 characters. */
  @Param({"1", "100"})
  public int repeats;

  private Tokenizer tokenizer;
  private String text;
  private int[] ids;

  @Setup
  public void read() {
    tokenizer = SentencePieceTokenizer.load(Path.of(file));
    text = PROMPT.repeat(repeats);
    ids = tokenizer.encode(text);
  }

  @Benchmark
  public int[] encode() {
    return tokenizer.encode(text);
  }

  @Benchmark
  public String decode() {
    return tokenizer.decode(ids);
  }
}
