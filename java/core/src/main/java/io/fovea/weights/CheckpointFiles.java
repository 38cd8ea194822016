package io.fovea.weights;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.weights.WeightFiles.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a Hugging Face directory and the safetensors files that hold them ({@link
 * WeightFiles}), under their published names ({@link TensorNames}). Only headers are read.
 */
public final class CheckpointFiles {
  /** Names the shard of each tensor, where there are several. */
  public static final String INDEX = Format.SAFETENSORS.index();

  /** The usual name of weights in one file. */
  public static final String SINGLE = Format.SAFETENSORS.single();

  private CheckpointFiles() {}

  /** A tensor and its file. */
  public record Located(Path file, StoredTensor tensor) {
    private static final int MAX_BYTES = 1 << 16;

    /** The same values as the weights [tokens, columns] of the model's head. */
    Located asHead() {
      return new Located(file, tensor.withName(TiedEmbedding.HEAD_WEIGHT));
    }

    /**
     * The stored bytes of a small tensor, such as one scale.
     *
     * @throws ModelLoadException where it is not small, or the file cannot be read
     */
    public byte[] bytes() {
      if (tensor.bytes() > MAX_BYTES) {
        throw new ModelLoadException(
            file, tensor.name(), "has " + tensor.bytes() + " bytes", "check the file");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
      try (FileChannel channel = FileChannel.open(file)) {
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, tensor.offset() + bytes.position()) < 0) {
            throw new IOException("the file ends inside " + tensor.name());
          }
        }
        return bytes.array(); // all of allocate()'s array
      } catch (IOException e) {
        throw new ModelLoadException(
            file, "file", "cannot be read: " + e.getMessage(), "check the path and its rights", e);
      }
    }
  }

  /**
   * What a directory or file holds.
   *
   * @param path of it
   * @param tensors by name, in file order; with an index, in its order
   * @param absent tensors that the index names, by name, with the file that lacks them
   * @param unlisted tensors of its files that the index does not name there, by stored name, with
   *     their file
   * @param notes for people: which files were chosen, what was left out of the names
   */
  public record Contents(
      Path path,
      Map<String, Located> tensors,
      Map<String, Path> absent,
      Map<String, Path> unlisted,
      List<String> notes) {
    public Contents {
      notes = List.copyOf(notes);
    }

    /**
     * How the weights are stored.
     *
     * @throws io.fovea.UnsupportedModelException where they are quantised in a way that the engine
     *     does not run
     */
    public StoredScheme runnable() {
      StoredScheme scheme = StoredScheme.of(path, tensors);
      scheme.requireRunnable(path);
      return scheme;
    }

    /** What to say where a tensor that is needed is not there. */
    public FoveaException missing(String name) {
      Optional<ModelLoadException> byIndex = WeightFiles.missing(name, absent, unlisted);
      if (byIndex.isPresent()) {
        return byIndex.get();
      }
      Optional<FoveaException> codes = StoredScheme.inPlaceOf(path, name, tensors.keySet());
      boolean whole = Files.exists(path.resolve(SINGLE)) && Files.exists(path.resolve(INDEX));
      return codes.orElseGet(
          () ->
              new ModelLoadException(
                  path,
                  name,
                  "is missing",
                  "the checkpoint is incomplete or of another model"
                      + (whole ? "; to read the shards of " + INDEX + ", remove " + SINGLE : "")));
    }
  }

  /**
   * Tensors by name, in file order; with an index, in its order.
   *
   * @throws ModelLoadException naming file, tensor and remedy where files are missing or damaged,
   *     or it is not clear which are meant
   */
  public static Map<String, Located> list(Path directory) {
    return open(directory).tensors();
  }

  /**
   * Reads the headers of a directory, or of one safetensors file.
   *
   * @throws ModelLoadException as {@link #list}
   */
  public static Contents open(Path path) {
    WeightFiles.Chosen chosen =
        Files.isRegularFile(path)
            ? WeightFiles.Chosen.file(path, List.of())
            : WeightFiles.choose(path, Format.SAFETENSORS);
    Map<String, Path> unlisted = new LinkedHashMap<>();
    Map<String, Located> stored = stored(chosen, unlisted);
    Map<String, Path> fileOf = chosen.fileOf();
    TensorNames names = TensorNames.of(path, fileOf == null ? stored.keySet() : fileOf.keySet());
    Map<String, Located> tensors = new LinkedHashMap<>();
    Map<String, Path> absent = new LinkedHashMap<>();
    names
        .published()
        .forEach(
            (name, published) -> {
              Located found = stored.get(name);
              if (found != null) {
                tensors.put(
                    published, new Located(found.file(), found.tensor().withName(published)));
              } else if (fileOf != null) {
                absent.put(published, fileOf.get(name));
              }
            });
    List<String> notes = new ArrayList<>(chosen.notes());
    notes.addAll(names.notes());
    Path directory = Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling("");
    TiedEmbedding.tie(directory, tensors, Located::asHead).ifPresent(notes::add);
    return new Contents(path, tensors, absent, unlisted, notes);
  }

  /** All tensors of the files; of one that is in two files, that which the index names. */
  private static Map<String, Located> stored(
      WeightFiles.Chosen chosen, Map<String, Path> unlisted) {
    Map<String, Path> fileOf = chosen.fileOf();
    Map<String, Located> stored = new LinkedHashMap<>();
    for (Path file : chosen.files()) {
      SafetensorsHeader.read(file)
          .forEach(
              (name, tensor) -> {
                if (fileOf == null) {
                  addOnce(stored, name, new Located(file, tensor));
                } else if (file.equals(fileOf.get(name))) {
                  stored.put(name, new Located(file, tensor));
                } else {
                  unlisted.putIfAbsent(name, file);
                }
              });
    }
    return stored;
  }

  private static void addOnce(Map<String, Located> stored, String name, Located located) {
    Located before = stored.put(name, located);
    if (before != null) {
      throw new ModelLoadException(
          located.file(),
          name,
          "is also in " + before.file() + ", and no index says which is meant",
          "fetch the " + INDEX + " of these shards, or remove one of the files");
    }
  }
}
