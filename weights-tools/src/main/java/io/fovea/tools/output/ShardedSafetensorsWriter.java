package io.fovea.tools.output;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelWriteException;
import io.fovea.ProgressListener;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a model directory of any size in bounded memory. It is put together in {@code OUT.part}
 * beside it, shard by shard, and gets its name when everything is on the disk. A run that was
 * interrupted is continued by the next with the same plan, after its last finished shard; the
 * result is the same to the byte.
 */
public final class ShardedSafetensorsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG = "config.json";
  private static final long SPARE_BYTES = 64 << 20; // for small files and the file system

  private final OutputPlan plan;
  private final OutputOptions options;
  private final List<Shard> shards;
  private final long totalBytes;
  private final AtomicLong doneBytes = new AtomicLong();
  private final ProgressListener progress;
  private int doneShards;

  private ShardedSafetensorsWriter(
      OutputPlan plan, OutputOptions options, ProgressListener progress) {
    this.plan = plan;
    this.options = options;
    this.shards = Shard.split(plan.contents(), options.shardBytes());
    this.totalBytes = shards.stream().mapToLong(Shard::dataBytes).reduce(0, Math::addExact);
    this.progress = progress;
  }

  /**
   * Writes the directory.
   *
   * @param progress told bytes of tensors written, from several threads
   * @throws ModelWriteException where the directory exists, is being written by another run, or the
   *     disk has no room or fails
   * @throws io.fovea.ModelLoadException where an input turns out to be damaged
   */
  public static Written write(OutputPlan plan, OutputOptions options, ProgressListener progress) {
    Path target = options.directory().toAbsolutePath().normalize();
    try {
      PartDirectory.checkReplaceable(target, options.force());
      try (PartDirectory part = PartDirectory.open(target)) {
        return new ShardedSafetensorsWriter(plan, options, progress).writeOrDiscard(part);
      }
    } catch (IOException e) {
      throw new ModelWriteException(
          target,
          "cannot be written: " + FileProblem.of(e),
          "mend that and run the same command again",
          e);
    }
  }

  /** Keeps what a later run can go on from: finished shards, unless the source is at fault. */
  private Written writeOrDiscard(PartDirectory part) throws IOException {
    try {
      return write(part);
    } catch (IOException | RuntimeException e) {
      boolean mendable = e instanceof IOException || e instanceof ModelWriteException;
      if (!mendable || doneShards == 0) {
        discard(part, e);
      }
      throw e;
    }
  }

  private static void discard(PartDirectory part, Exception failure) {
    try {
      part.discard();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private Written write(PartDirectory part) throws IOException {
    Journal journal = Journal.open(part.path(), plan.fingerprint(shards));
    Set<String> finished = new HashSet<>();
    for (Shard shard : shards) {
      if (journal.has(shard.file())) {
        finished.add(shard.file());
        doneBytes.addAndGet(shard.dataBytes());
        doneShards++;
      }
    }
    part.clear(finished);
    checkSpace(part.path());
    journal.save();
    writeShards(part.path(), journal, finished);
    long bytes = finish(part.path(), journal);
    part.publish(options.force());
    Map<String, SquaredError> errors = new LinkedHashMap<>();
    Map<String, Long> nonFinite = new LinkedHashMap<>();
    for (Shard shard : shards) {
      errors.putAll(shard(journal, shard).errors());
      nonFinite.putAll(shard(journal, shard).nonFinite());
    }
    return new Written(
        options.directory(), shards.size(), finished.size(), bytes, errors, nonFinite);
  }

  private void checkSpace(Path directory) {
    long needed = Math.addExact(totalBytes - doneBytes.get(), SPARE_BYTES);
    long usable = FreeSpace.bytes(directory);
    if (needed > usable) {
      throw new ModelWriteException(
          directory,
          "needs " + needed + " more bytes, the disk has room for " + usable,
          "free space or choose a directory on another disk");
    }
  }

  private void writeShards(Path directory, Journal journal, Set<String> finished)
      throws IOException {
    ExecutorService workers = Executors.newFixedThreadPool(options.threads());
    try {
      ShardWriter writer = new ShardWriter(workers, this::advance);
      for (Shard shard : shards) {
        if (!finished.contains(shard.file())) {
          writer.write(shard, directory);
          Path file = directory.resolve(shard.file());
          String sha256 = DurableFiles.sha256(file);
          journal.add(shard.file(), finished(shard, Files.size(file), sha256));
          doneShards++;
        }
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /** One thread at a time, so that the listener sees the bytes grow. */
  private synchronized void advance(long bytes) {
    progress.progress("writing", doneBytes.addAndGet(bytes), totalBytes);
  }

  private static Journal.Finished finished(Shard shard, long bytes, String sha256) {
    Map<String, SquaredError> errors = new LinkedHashMap<>();
    Map<String, Long> nonFinite = new LinkedHashMap<>();
    for (TensorContent content : shard.contents()) {
      SquaredError error = content.error();
      if (error != null) {
        errors.put(content.entries().get(0).name(), error);
      }
      if (content.nonFinite() > 0) {
        nonFinite.put(content.entries().get(0).name(), content.nonFinite());
      }
    }
    return new Journal.Finished(bytes, sha256, errors, nonFinite);
  }

  /** Writes the small files, config.json last: without it nothing loads. Returns all bytes. */
  private long finish(Path directory, Journal journal) throws IOException {
    Map<String, byte[]> files = new TreeMap<>(plan.companions());
    if (shards.size() > 1) {
      files.put(CheckpointFiles.INDEX, index());
    }
    byte[] config = plan.config().getBytes(StandardCharsets.UTF_8);
    Map<String, String> checksums = new TreeMap<>();
    long bytes = config.length;
    for (Shard shard : shards) {
      checksums.put(shard.file(), shard(journal, shard).sha256());
      bytes += shard(journal, shard).bytes();
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      DurableFiles.write(directory.resolve(file.getKey()), file.getValue());
      checksums.put(file.getKey(), Checksums.of(file.getValue()));
      bytes += file.getValue().length;
    }
    checksums.put(CONFIG, Checksums.of(config));
    DurableFiles.write(directory.resolve(PartDirectory.CHECKSUMS), Checksums.format(checksums));
    DurableFiles.write(directory.resolve(CONFIG), config);
    return bytes;
  }

  private static Journal.Finished shard(Journal journal, Shard shard) {
    Journal.Finished finished = journal.shards().get(shard.file());
    if (finished == null) {
      throw new IllegalStateException(shard.file());
    }
    return finished;
  }

  private byte[] index() {
    ObjectNode root = JSON.createObjectNode();
    root.putObject("metadata").put("total_size", totalBytes);
    ObjectNode map = root.putObject("weight_map");
    for (Shard shard : shards) {
      for (TensorEntry entry : shard.entries()) {
        map.put(entry.name(), shard.file());
      }
    }
    return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
