package io.fovea.bench;

import io.fovea.text.SpecialTokens;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.text.Tokenizers;
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
  private static final SpecialTokens NO_ROLES =
      new SpecialTokens(SpecialTokens.NONE, SpecialTokens.NONE, SpecialTokens.NONE);

  private static final String PROMPT =
      "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]] for"
          + " each mentioned object? ";

  /** The tokenizer's file, of any format: {@code -p file=...} names others. */
  @Param({
    "weights-tools/models/cogvlm-shapes/tokenizer.model",
    "java/core/src/test/resources/text/unigram.json",
    "java/core/src/test/resources/goldens/text/bpe/tiny.json",
    "java/core/src/test/resources/goldens/text/tiktoken/tiny.tiktoken"
  })
  public String file;

  /** How often the prompt is repeated: 1 is 114 characters. */
  @Param({"1", "100"})
  public int repeats;

  private Tokenizer tokenizer;
  private String text;
  private int[] ids;

  @Setup
  public void read() {
    tokenizer = Tokenizers.load(Path.of(file), TokenizerFormat.SENTENCE_PIECE, NO_ROLES);
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
