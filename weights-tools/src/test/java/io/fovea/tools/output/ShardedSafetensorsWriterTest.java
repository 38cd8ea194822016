package io.fovea.tools.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelWriteException;
import io.fovea.ProgressListener;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.SafetensorsHeader;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedSafetensorsWriterTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private final AtomicInteger computed = new AtomicInteger();

  /** Bytes that say where they belong; fails when {@code failing} is asked for. */
  private class Counting implements TensorContent {
    private final String name;
    private final int rows;
    private final boolean failing;

    Counting(String name, int rows, boolean failing) {
      this.name = name;
      this.rows = rows;
      this.failing = failing;
    }

    @Override
    public List<TensorEntry> entries() {
      return List.of(
          new TensorEntry(name + ".a", "U8", List.of((long) rows, 10L)),
          new TensorEntry(name + ".b", "U8", List.of((long) rows)));
    }

    @Override
    public long rows() {
      return rows;
    }

    @Override
    public int blockRows() {
      return 3;
    }

    @Override
    public void compute(long first, int count, Sink sink) throws IOException {
      if (failing) {
        throw new IOException("the disk is on fire");
      }
      computed.incrementAndGet();
      byte[] a = new byte[10 * count];
      byte[] b = new byte[count];
      for (int i = 0; i < a.length; i++) {
        a[i] = (byte) (name.hashCode() + 10 * first + i);
      }
      for (int i = 0; i < count; i++) {
        b[i] = (byte) -(first + i);
      }
      sink.put(0, 10 * first, ByteBuffer.wrap(a));
      sink.put(1, first, ByteBuffer.wrap(b));
    }

    @Override
    public SquaredError error() {
      return new SquaredError(rows, 1);
    }

    @Override
    public long nonFinite() {
      return name.equals("t0") ? 3 : 0;
    }
  }

  private OutputPlan plan(String identity, String failing) {
    List<TensorContent> contents = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      contents.add(new Counting("t" + i, 5 + i, failing.equals("t" + i)));
    }
    Map<String, byte[]> companions =
        Map.of("tokenizer.model", "pieces".getBytes(StandardCharsets.UTF_8));
    return new OutputPlan(contents, "{}\n", companions, identity);
  }

  private OutputOptions options(boolean force) {
    return new OutputOptions(folder.resolve("out"), 200, force, 2);
  }

  private Written write(String identity, String failing, boolean force) {
    return ShardedSafetensorsWriter.write(
        plan(identity, failing), options(force), ProgressListener.none());
  }

  private static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> found = new HashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Checksums.compute(file));
      }
    }
    return found;
  }

  @Test
  void shardsIndexAndChecksums() throws IOException {
    Written written = write("1", "", false);
    Path out = folder.resolve("out");
    assertThat(written.shards()).isEqualTo(5);
    assertThat(CheckpointFiles.list(out)).hasSize(16);
    for (CheckpointFiles.Located located : CheckpointFiles.list(out).values()) {
      assertThat(Files.size(located.file())).isLessThan(200 + 1000);
    }
    Path first = out.resolve("model-00001-of-00005.safetensors");
    byte[] bytes = Files.readAllBytes(first);
    int a = (int) Objects.requireNonNull(SafetensorsHeader.read(first).get("t0.a")).offset();
    for (int i = 0; i < 50; i++) {
      assertThat(bytes[a + i]).isEqualTo((byte) ("t0".hashCode() + i));
    }
    Map<String, String> found = contents(out);
    found.remove(Checksums.FILE);
    assertThat(Checksums.read(out)).isEqualTo(found);
    assertThat(written.errors()).containsEntry("t3.a", new SquaredError(8, 1)).hasSize(8);
    assertThat(folder.resolve("out.part")).doesNotExist();
  }

  @Test
  void aRunThatFailedIsContinuedAfterItsLastShard() throws IOException {
    assertThatThrownBy(() -> write("1", "t5", false))
        .isInstanceOf(ModelWriteException.class)
        .hasMessageContaining("on fire");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(folder.resolve("out.part/config.json")).doesNotExist();
    computed.set(0);
    List<Long> progress = new ArrayList<>();
    Written written =
        ShardedSafetensorsWriter.write(
            plan("1", ""), options(false), (task, done, total) -> progress.add(done));
    assertThat(written.resumed()).isBetween(2, 4);
    assertThat(computed.get()).isLessThan(20);
    assertThat(progress).isSorted();
    assertThat(written.errors()).hasSize(8);
    assertThat(written.nonFinite()).containsExactly(Map.entry("t0.a", 3L));
    Map<String, String> continued = contents(folder.resolve("out"));
    Files.move(folder.resolve("out"), folder.resolve("first"));
    write("1", "", false);
    assertThat(contents(folder.resolve("out"))).isEqualTo(continued);
  }

  @Test
  void anotherPlanOrAShortenedShardBeginsAnew() throws IOException {
    assertThatThrownBy(() -> write("1", "t5", false)).isInstanceOf(ModelWriteException.class);
    assertThat(write("2", "", false).resumed()).isZero();
    assertThatThrownBy(() -> write("1", "t5", true)).isInstanceOf(ModelWriteException.class);
    Files.writeString(folder.resolve("out.part/model-00001-of-00005.safetensors"), "short");
    Written written = write("1", "", true);
    assertThat(written.resumed()).isBetween(1, 3);
    assertThat(CheckpointFiles.list(folder.resolve("out"))).hasSize(16);
  }

  @Test
  void whatIsThereIsReplacedOnlyByForceAndOnlyIfItIsAModel() throws IOException {
    write("1", "", false);
    assertThatThrownBy(() -> write("2", "", false))
        .isInstanceOf(ModelWriteException.class)
        .hasMessageContaining("--force");
    write("2", "", true);
    assertThat(folder.resolve("out.replaced")).doesNotExist();
    Files.createDirectory(folder.resolve("out/photos"));
    assertThatThrownBy(() -> write("3", "", true))
        .isInstanceOf(ModelWriteException.class)
        .hasMessageContaining("not replaced");
    assertThat(folder.resolve("out/config.json")).exists();
  }

  @Test
  void twoRunsDoNotMeet() throws IOException {
    Files.createDirectory(folder.resolve("out.part"));
    Path lock = folder.resolve("out.part/.lock");
    try (FileChannel other =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(other.lock().isValid()).isTrue();
      assertThatThrownBy(() -> write("1", "", false))
          .isInstanceOf(ModelWriteException.class)
          .hasMessageContaining("another run");
    }
    assertThat(write("1", "", false).shards()).isEqualTo(5);
  }

  @Test
  void aFolderOfAnotherOriginIsLeftAlone() throws IOException {
    Files.createDirectory(folder.resolve("out.part"));
    Path thesis = Files.writeString(folder.resolve("out.part/thesis.txt"), "years");
    assertThatThrownBy(() -> write("1", "", false))
        .isInstanceOf(ModelWriteException.class)
        .hasMessageContaining("not begun by an earlier run");
    assertThat(thesis).exists();
  }

  @Test
  void theDiskMustHaveRoom() {
    TensorContent vast =
        new Counting("vast", Integer.MAX_VALUE, true) {
          @Override
          public List<TensorEntry> entries() {
            return List.of(new TensorEntry("vast", "F32", List.of(1L << 50)));
          }
        };
    OutputPlan plan = new OutputPlan(List.of(vast), "{}", Map.of(), "");
    assertThatThrownBy(
            () -> ShardedSafetensorsWriter.write(plan, options(false), ProgressListener.none()))
        .isInstanceOf(ModelWriteException.class)
        .hasMessageContaining("needs 4503599694479360 more bytes")
        .hasMessageContaining("free space");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
