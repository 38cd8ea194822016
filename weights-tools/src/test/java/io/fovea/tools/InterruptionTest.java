package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ProgressListener;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.synthetic.Preset;
import io.fovea.tools.synthetic.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** quantize, killed at random moments and started again. */
class InterruptionTest {
  private static final long SEED = 20261122;
  private static final int KILLS = 20;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void aKilledRunIsContinuedToTheSameBytesAndLeavesNothingThatLoads() throws Exception {
    Path source = synthesize();
    Path reference = folder.resolve("reference");
    long began = System.nanoTime();
    assertThat(QuantizeProcess.start(source, reference).waitFor()).isZero();
    long nanos = System.nanoTime() - began;
    Map<String, Integer> wanted = files(reference);
    assertThat(wanted).hasSizeGreaterThan(20);

    Random random = new Random(SEED);
    Path out = folder.resolve("out");
    int kills = 0;
    int finished = 0;
    int resumed = 0;
    while (kills < KILLS || finished == 0) {
      resumed += shards(folder.resolve("out.part")) > 0 ? 1 : 0;
      Process process = QuantizeProcess.start(source, out);
      try {
        long patience = kills < KILLS ? (long) (random.nextDouble() * nanos) : Long.MAX_VALUE;
        if (process.waitFor(patience, TimeUnit.NANOSECONDS)) {
          assertThat(process.exitValue()).as("seed %d, kill %d", SEED, kills).isZero();
          assertThat(files(out)).as("seed %d, kill %d", SEED, kills).isEqualTo(wanted);
          delete(out);
          finished++;
        } else {
          process.destroyForcibly().waitFor(); // SIGKILL
          kills++;
          assertNothingLoads(out, wanted);
        }
      } finally {
        process.destroyForcibly();
      }
    }
    assertThat(resumed).as("runs that went on from finished shards, seed %d", SEED).isPositive();
  }

  private Path synthesize() {
    Map<Size, Long> sizes =
        Map.of(
            Size.HIDDEN, 256L,
            Size.INTERMEDIATE, 512L,
            Size.LAYERS, 3L,
            Size.VOCAB, 600L,
            Size.VISION_HIDDEN, 128L,
            Size.VISION_INTERMEDIATE, 256L,
            Size.VISION_HEADS, 4L);
    Path source = folder.resolve("source");
    Synthesizer.synthesize(
        Preset.SMALL_V1.model(sizes),
        1,
        Formats.plain(PlainType.BF16),
        OutputOptions.to(source),
        ProgressListener.none());
    return source;
  }

  /** The output has its name only when it is complete; what is in progress lacks config.json. */
  private void assertNothingLoads(Path out, Map<String, Integer> wanted) throws IOException {
    if (Files.exists(out)) {
      assertThat(files(out)).isEqualTo(wanted); // killed between its last step and its end
      delete(out);
    }
    Path part = folder.resolve("out.part");
    if (Files.exists(part.resolve("config.json"))) { // all is written, only the name is missing
      assertThat(files(part)).containsAllEntriesOf(wanted);
    }
  }

  private static long shards(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return 0;
    }
    return files(directory).keySet().stream().filter(f -> f.endsWith(".safetensors")).count();
  }

  private static Map<String, Integer> files(Path directory) throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return found;
  }

  private static void delete(Path directory) throws IOException {
    for (String name : files(directory).keySet()) {
      Files.delete(directory.resolve(name));
    }
    Files.delete(directory);
  }
}
