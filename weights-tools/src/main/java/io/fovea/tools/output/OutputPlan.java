package io.fovea.tools.output;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model directory to be written.
 *
 * @param contents its tensors, in the order of the files
 * @param config the text of its config.json
 * @param companions further small files by name
 * @param identity all that the tensors' values depend on: inputs with sizes and times, options,
 *     version. Runs of equal plans continue each other
 */
public record OutputPlan(
    List<TensorContent> contents, String config, Map<String, byte[]> companions, String identity) {
  public OutputPlan {
    contents = List.copyOf(contents);
    companions = Map.copyOf(companions);
  }

  /** SHA-256 over all that decides the directory's bytes. */
  String fingerprint(List<Shard> shards) {
    MessageDigest digest = DurableFiles.sha256();
    update(digest, identity.getBytes(StandardCharsets.UTF_8));
    update(digest, config.getBytes(StandardCharsets.UTF_8));
    new TreeMap<>(companions)
        .forEach(
            (name, bytes) -> {
              update(digest, name.getBytes(StandardCharsets.UTF_8));
              update(digest, bytes);
            });
    for (Shard shard : shards) {
      update(digest, shard.file().getBytes(StandardCharsets.UTF_8));
      update(digest, shard.header());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Lengths keep neighbours apart: "ab", "c" is not "a", "bc". */
  private static void update(MessageDigest digest, byte[] bytes) {
    digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
    digest.update(bytes);
  }
}
