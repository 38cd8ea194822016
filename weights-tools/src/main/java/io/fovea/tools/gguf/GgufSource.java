package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A CogVLM v1 model in the two files that llama.cpp wants: the language model, and encoder and
 * adapter ("mmproj"). Tensors have the published names and shapes; {@code config.json} and {@code
 * tokenizer.model} are made from the metadata.
 */
public final class GgufSource implements SourceCheckpoint {
  /** Begins the name of the encoder's file, which otherwise has that of the model. */
  static final String PROJECTOR = "mmproj-";

  private final GgufFile model;
  private final GgufFile projector;
  private final List<SourceTensor> tensors;
  private final SentencePieceFile tokenizer;
  private final String config;

  private GgufSource(GgufFile model, GgufFile projector) {
    this.model = model;
    this.projector = projector;
    requireArchitecture(model, GgufKeys.COGVLM);
    requireArchitecture(projector, GgufKeys.CLIP);
    List<SourceTensor> found = new ArrayList<>();
    int layers = layers(model, GgufKeys.LAYERS);
    found.addAll(named(model, GgufNames.language(layers)));
    found.addAll(frequencies(model, layers));
    int encoderLayers = layers(projector, GgufKeys.VISION_LAYERS);
    found.addAll(named(projector, GgufNames.vision(encoderLayers)));
    tensors = List.copyOf(found);
    tokenizer = GgufTokenizer.read(model.metadata());
    config =
        GgufConfig.compose(
            model.metadata(),
            projector.metadata(),
            tokenizer.ids(),
            rows(model, GgufNames.EMBEDDING),
            rows(projector, GgufNames.POSITIONS));
  }

  /** Whether {@code path} is a GGUF file, or a directory that holds one. */
  public static boolean recognises(Path path) {
    if (!Files.isDirectory(path)) {
      return GgufFile.isGguf(path);
    }
    try {
      return !ggufFiles(path).isEmpty();
    } catch (ModelLoadException e) {
      return false;
    }
  }

  /**
   * Opens a pair by its directory, or by either file. The partner lies beside it; of several it is
   * the one whose name differs by {@code mmproj-} only.
   *
   * @throws ModelLoadException where there is no pair, more than one, or it is damaged
   */
  public static GgufSource open(Path path) {
    if (Files.isDirectory(path)) {
      return open(
          partner(path, GgufKeys.COGVLM, Optional.empty()),
          partner(path, GgufKeys.CLIP, Optional.empty()));
    }
    Path directory = path.resolveSibling("");
    String name = path.getFileName().toString();
    String architecture = architecture(path);
    if (!List.of(GgufKeys.COGVLM, GgufKeys.CLIP).contains(architecture)) {
      throw new ModelLoadException(
          path,
          GgufKeys.ARCHITECTURE,
          "is '" + architecture + "', of CogVLM's files it is 'cogvlm' or 'clip'",
          "name a file of CogVLM v1");
    }
    if (architecture.equals(GgufKeys.CLIP)) {
      String model = name.startsWith(PROJECTOR) ? name.substring(PROJECTOR.length()) : name;
      return open(partner(directory, GgufKeys.COGVLM, Optional.of(model)), path);
    }
    return open(path, partner(directory, GgufKeys.CLIP, Optional.of(PROJECTOR + name)));
  }

  /**
   * Opens a pair.
   *
   * @param model the language model
   * @param projector encoder and adapter
   * @throws ModelLoadException where a file is damaged, of another model, or incomplete
   */
  public static GgufSource open(Path model, Path projector) {
    GgufFile modelFile = GgufFile.open(model);
    @Nullable GgufFile projectorFile = null;
    try {
      projectorFile = GgufFile.open(projector);
      return new GgufSource(modelFile, projectorFile);
    } catch (RuntimeException | Error e) {
      modelFile.close();
      if (projectorFile != null) {
        projectorFile.close();
      }
      throw e;
    }
  }

  private static List<Path> ggufFiles(Path directory) {
    // The empty path is the working directory, which cannot be listed under that name.
    Path listed = directory.toString().isEmpty() ? Path.of(".") : directory;
    try (Stream<Path> files = Files.list(listed)) {
      return files
          .filter(file -> file.toString().endsWith(".gguf") && GgufFile.isGguf(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ModelLoadException(
          directory, "directory", "cannot be listed: " + e.getMessage(), "check its rights", e);
    }
  }

  private static String architecture(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      return file.metadata().text(GgufKeys.ARCHITECTURE);
    }
  }

  /** The file of that architecture; of several the one of that name. */
  private static Path partner(Path directory, String architecture, Optional<String> name) {
    List<Path> found =
        ggufFiles(directory).stream().filter(f -> architecture(f).equals(architecture)).toList();
    Optional<Path> named =
        found.stream().filter(f -> name.equals(Optional.of(f.getFileName().toString()))).findAny();
    if (named.isPresent() || found.size() == 1) {
      return named.orElseGet(() -> found.get(0));
    }
    String wanted =
        architecture.equals(GgufKeys.COGVLM)
            ? "language model (general.architecture 'cogvlm')"
            : "image encoder, called mmproj (general.architecture 'clip')";
    throw new ModelLoadException(
        directory,
        "pair",
        found.isEmpty() ? "there is no " + wanted : found.size() + " files hold a " + wanted,
        "name one file of X.gguf and mmproj-X.gguf, or keep each pair in a folder of its own");
  }

  private static void requireArchitecture(GgufFile file, String wanted) {
    GgufMetadata metadata = file.metadata();
    String found = metadata.text(GgufKeys.ARCHITECTURE);
    if (!found.equals(wanted)) {
      throw metadata.bad(GgufKeys.ARCHITECTURE, "is '" + found + "', '" + wanted + "' is wanted");
    }
    if (metadata.count(GgufKeys.SPLIT_COUNT, 0) > 1) {
      throw new ModelLoadException(
          file.path(),
          GgufKeys.SPLIT_COUNT,
          "says that this is one part of several",
          "join them first: llama-gguf-split --merge");
    }
  }

  /** Every layer has its tensors in the file, so their number bounds that of the layers. */
  private static int layers(GgufFile file, String key) {
    int layers = file.metadata().count(key);
    if (layers > file.tensors().size()) {
      throw file.metadata().bad(key, layers + " layers have " + file.tensors().size() + " tensors");
    }
    return layers;
  }

  private static List<GgufTensor> named(GgufFile file, Map<String, String> names) {
    List<GgufTensor> found = new ArrayList<>();
    Set<String> rest = new HashSet<>(file.tensors().keySet());
    names.forEach(
        (name, stored) -> {
          rest.remove(stored);
          found.add(tensor(file, stored, name));
        });
    rest.remove(GgufNames.ROTARY_FACTORS);
    if (!rest.isEmpty()) {
      throw new ModelLoadException(
          file.path(),
          rest.stream().sorted().limit(3).toList().toString(),
          "are tensors that CogVLM v1 does not have (" + rest.size() + " in all)",
          "use a file made by llama.cpp's converter for CogVLM");
    }
    return found;
  }

  private static GgufTensor tensor(GgufFile file, String stored, String name) {
    GgufTensor tensor = file.tensors().get(stored);
    if (tensor == null && stored.equals(GgufNames.OUTPUT)) {
      tensor = file.tensors().get(GgufNames.EMBEDDING); // llama.cpp's rule
    }
    if (tensor == null) {
      throw new ModelLoadException(
          file.path(), stored, "is missing", "use a complete file of CogVLM v1");
    }
    return tensor.as(name, publishedShape(name, tensor));
  }

  /** Vectors that are published with leading sizes of one, which files may have dropped. */
  private static List<Long> publishedShape(String name, GgufTensor tensor) {
    return switch (name) {
      case "model.vision.boi", "model.vision.eoi" -> List.of(1L, 1L, tensor.elements());
      case "model.vision.patch_embedding.cls_embedding" -> List.of(1L, tensor.elements());
      default -> tensor.shape();
    };
  }

  private static long rows(GgufFile file, String name) {
    GgufTensor tensor = file.tensors().get(name);
    if (tensor == null || tensor.shape().size() != 2) {
      throw new ModelLoadException(file.path(), name, "is no matrix", GgufInput.DAMAGED);
    }
    return tensor.shape().get(0);
  }

  /** One table serves all layers; the published checkpoints repeat it in each. */
  private static List<SourceTensor> frequencies(GgufFile model, int layers) {
    GgufMetadata metadata = model.metadata();
    if (!metadata.has(GgufKeys.FREQUENCIES)) {
      return List.of();
    }
    float[] values = metadata.reals(GgufKeys.FREQUENCIES);
    List<SourceTensor> tables = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      tables.add(new MetadataTensor(model.path(), GgufNames.frequencies(i), values));
    }
    return tables;
  }

  @Override
  public String format() {
    return "GGUF";
  }

  @Override
  public String config() {
    return config;
  }

  @Override
  public List<SourceTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, byte[]> companions() {
    return Map.of("tokenizer.model", tokenizer.toBytes());
  }

  @Override
  public void close() {
    model.close();
    projector.close();
  }
}
