package io.fovea.tools.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The shards that are finished, kept beside them so that a later run can go on. */
final class Journal {
  static final String FILE = ".journal.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final String fingerprint;
  private final Map<String, Finished> shards = new LinkedHashMap<>();

  /**
   * A shard on the disk.
   *
   * @param sha256 of the file, hexadecimal
   * @param errors of its tensors that were rounded, by name
   * @param nonFinite values that are no finite numbers, of the tensors that hold any, by name
   */
  record Finished(
      long bytes, String sha256, Map<String, SquaredError> errors, Map<String, Long> nonFinite) {}

  private Journal(Path file, String fingerprint) {
    this.file = file;
    this.fingerprint = fingerprint;
  }

  /**
   * The journal of {@code directory}: its entries if it was written for this plan and can be read,
   * none otherwise.
   *
   * @param fingerprint of the plan
   */
  static Journal open(Path directory, String fingerprint) {
    Journal journal = new Journal(directory.resolve(FILE), fingerprint);
    try {
      JsonNode root = JSON.readTree(journal.file.toFile());
      if (root.path("fingerprint").asText().equals(fingerprint)) {
        for (Map.Entry<String, JsonNode> entry : root.path("shards").properties()) {
          journal.shards.put(entry.getKey(), finished(entry.getValue()));
        }
      }
    } catch (IOException e) {
      journal.shards.clear(); // absent or unreadable: begin anew
    }
    return journal;
  }

  private static Finished finished(JsonNode node) {
    Map<String, SquaredError> errors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.path("errors").properties()) {
      JsonNode sums = entry.getValue();
      errors.put(
          entry.getKey(), new SquaredError(sums.path(0).asDouble(), sums.path(1).asDouble()));
    }
    Map<String, Long> nonFinite = new LinkedHashMap<>();
    node.path("nonFinite")
        .properties()
        .forEach(e -> nonFinite.put(e.getKey(), e.getValue().asLong()));
    return new Finished(
        node.path("bytes").asLong(), node.path("sha256").asText(), errors, nonFinite);
  }

  Map<String, Finished> shards() {
    return Map.copyOf(shards);
  }

  /** Whether the shard was finished and its file still has its size. */
  boolean has(String shard) {
    Finished finished = shards.get(shard);
    try {
      return finished != null && Files.size(file.resolveSibling(shard)) == finished.bytes();
    } catch (IOException e) {
      return false; // the file is gone: write it again
    }
  }

  /** Notes a finished shard, on the disk before this returns. */
  void add(String shard, Finished finished) throws IOException {
    shards.put(shard, finished);
    save();
  }

  /** Writes the journal with what it holds. */
  void save() throws IOException {
    ObjectNode root = JSON.createObjectNode().put("fingerprint", fingerprint);
    ObjectNode list = root.putObject("shards");
    shards.forEach(
        (name, shard) -> {
          ObjectNode node = list.putObject(name);
          node.put("bytes", shard.bytes()).put("sha256", shard.sha256());
          ObjectNode errors = node.putObject("errors");
          shard
              .errors()
              .forEach((tensor, e) -> errors.putArray(tensor).add(e.error()).add(e.reference()));
          ObjectNode nonFinite = node.putObject("nonFinite");
          shard.nonFinite().forEach(nonFinite::put);
        });
    DurableFiles.write(file, root.toString().getBytes(StandardCharsets.UTF_8));
  }
}
