package io.fovea.tools.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.JsonFile;
import io.fovea.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Hugging Face directory whose projections bitsandbytes quantised to 4 bits ("nf4"), as the int4
 * releases of CogVLM2 are. Beside {@code X.weight}, which holds the codes, lie {@code
 * X.weight.absmax}, {@code .quant_map}, {@code .nested_absmax}, {@code .nested_quant_map} and
 * {@code .quant_state.bitsandbytes__nf4}.
 */
public final class Nf4Source implements SourceCheckpoint {
  private static final String STATE = ".quant_state.bitsandbytes__nf4";
  private static final List<String> PARTS =
      List.of(STATE, ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map");

  private static final String REMEDY = "use a directory that bitsandbytes saved as nf4";
  private static final int MAX_SCALES = 1 << 24; // of scales: a weight of 2^38 elements

  private final Path directory;
  private final CheckpointFiles.Contents contents;
  private final Map<String, Located> located;
  private final Map<Path, BinaryFile> files = new LinkedHashMap<>();
  private final List<SourceTensor> tensors = new ArrayList<>();

  private Nf4Source(Path directory, CheckpointFiles.Contents contents) {
    this.directory = directory;
    this.contents = contents;
    located = contents.tensors();
  }

  /** Whether {@code path} is a directory of safetensors with such weights. */
  public static boolean recognises(Path path) {
    if (!Files.isDirectory(path) || !WeightFiles.has(path, WeightFiles.Format.SAFETENSORS)) {
      return false;
    }
    try {
      return CheckpointFiles.list(path).keySet().stream().anyMatch(name -> name.endsWith(STATE));
    } catch (ModelLoadException e) {
      return false;
    }
  }

  /**
   * Opens a directory and checks that the parts of each weight fit each other.
   *
   * @throws ModelLoadException where files are missing or damaged
   */
  public static Nf4Source open(Path directory) {
    Nf4Source source = new Nf4Source(directory, CheckpointFiles.open(directory));
    try {
      for (String name : source.located.keySet()) {
        if (source.located.containsKey(name + STATE)) {
          source.tensors.add(source.weight(name));
        } else if (!source.isPart(name)) {
          source.tensors.add(source.plain(name));
        }
      }
      return source;
    } catch (IOException e) {
      source.close();
      throw new ModelLoadException(
          directory, "file", "cannot be read: " + e.getMessage(), "check the disk", e);
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  private boolean isPart(String name) {
    return PARTS.stream()
        .anyMatch(
            part ->
                name.endsWith(part)
                    && located.containsKey(
                        name.substring(0, name.length() - part.length()) + STATE));
  }

  private Nf4Tensor weight(String name) throws IOException {
    Located state = located(name + STATE);
    Nf4State nf4 = Nf4State.read(file(state), state);
    PlainTensor codes = plain(name);
    long elements = elements(codes, nf4);
    require(codes, codes.dtype().equals("U8") && codes.elements() == elements / 2 + elements % 2);
    PlainTensor scales = plain(name + ".absmax");
    long blocks = nf4.blocks(elements);
    require(scales, scales.elements() == blocks);
    boolean nested = scales.dtype().equals("U8");
    require(scales, nested || scales.dtype().equals("F32"));
    long nestedBlocks = nested ? nf4.nestedBlocks(blocks) : 0;
    require(scales, nestedBlocks <= MAX_SCALES);
    return new Nf4Tensor(
        codes.source(),
        codes,
        table(name + ".quant_map", 16),
        scales,
        nested ? table(name + ".nested_quant_map", 256) : new float[0],
        nested ? table(name + ".nested_absmax", (int) nestedBlocks) : new float[0],
        nf4,
        name);
  }

  private static long elements(PlainTensor codes, Nf4State state) {
    try {
      return state.shape().stream().reduce(1L, Math::multiplyExact);
    } catch (ArithmeticException e) {
      throw bad(codes, "stands for the shape " + state.shape());
    }
  }

  private float[] table(String name, int size) throws IOException {
    PlainTensor tensor = plain(name);
    require(tensor, tensor.dtype().equals("F32") && tensor.elements() == size);
    float[] values = new float[size];
    tensor.read(0, values, size);
    return values;
  }

  private PlainTensor plain(String name) {
    Located found = located(name);
    return new PlainTensor(file(found), found.tensor());
  }

  private Located located(String name) {
    Located found = located.get(name);
    if (found == null) {
      throw new ModelLoadException(directory, name, "is missing", REMEDY);
    }
    return found;
  }

  private BinaryFile file(Located located) {
    return files.computeIfAbsent(located.file(), BinaryFile::open);
  }

  private static void require(PlainTensor tensor, boolean condition) {
    if (!condition) {
      throw bad(tensor, tensor.dtype() + tensor.shape() + " does not fit to the weight's shape");
    }
  }

  private static ModelLoadException bad(PlainTensor tensor, String problem) {
    return new ModelLoadException(tensor.file(), tensor.name(), problem, REMEDY);
  }

  @Override
  public String format() {
    return "bitsandbytes NF4";
  }

  /** Without {@code quantization_config}: the tensors are given dequantised. */
  @Override
  public String config() {
    Path file = directory.resolve("config.json");
    String text = Companions.config(directory);
    ObjectNode root = (ObjectNode) JsonFile.parse(file, text, "fetch it again"); // an object
    root.remove("quantization_config");
    return JsonFile.text(root);
  }

  @Override
  public List<SourceTensor> tensors() {
    return List.copyOf(tensors);
  }

  @Override
  public Map<String, byte[]> companions() {
    return Companions.of(directory);
  }

  @Override
  public List<String> notes() {
    return contents.notes();
  }

  @Override
  public void close() {
    files.values().forEach(BinaryFile::close);
  }
}
