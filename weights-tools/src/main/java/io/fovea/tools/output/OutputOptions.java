package io.fovea.tools.output;

import java.nio.file.Path;

/**
 * Where and how a model directory is written.
 *
 * @param directory to be created
 * @param shardBytes most bytes of tensors in one file
 * @param force whether a model that is there already is replaced
 * @param threads that compute and write
 */
public record OutputOptions(Path directory, long shardBytes, boolean force, int threads) {
  /** 4 GiB: what file systems and downloads of any kind can take. */
  public static final long SHARD_BYTES = 4L << 30;

  public OutputOptions {
    if (shardBytes < 1 || threads < 1) {
      throw new IllegalArgumentException(shardBytes + " bytes a shard, " + threads + " threads");
    }
  }

  /** With usual shards and a thread for each processor; nothing is replaced. */
  public static OutputOptions to(Path directory) {
    return new OutputOptions(
        directory, SHARD_BYTES, false, Runtime.getRuntime().availableProcessors());
  }
}
