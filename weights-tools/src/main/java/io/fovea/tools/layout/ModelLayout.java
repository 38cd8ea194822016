package io.fovea.tools.layout;

import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All tensors of a model, in the order of its data's way. */
public final class ModelLayout {
  private final ModelSizes sizes;
  private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();

  private ModelLayout(ModelSizes sizes) {
    this.sizes = sizes;
    TensorList list = new TensorList();
    new CogVlmTensors(sizes, list).add();
    ModelSizes.Cross cross = sizes.cross();
    if (cross != null) {
      new CogAgentTensors(sizes, cross, list).add();
    }
    list.specs().forEach(spec -> tensors.put(spec.name(), spec));
  }

  /** The layout of a model of those sizes. */
  public static ModelLayout of(ModelSizes sizes) {
    return new ModelLayout(sizes);
  }

  /**
   * The layout that a config.json describes.
   *
   * @param file named in messages
   * @param json its text
   * @param stored shapes of the checkpoint: they tell the family and sizes that config.json leaves
   *     open
   * @throws io.fovea.ModelLoadException where a key is missing or makes no sense
   * @throws io.fovea.UnsupportedModelException where it describes another architecture
   */
  public static ModelLayout of(Path file, String json, StoredShapes stored) {
    return new ModelLayout(ModelSizes.of(CogVlmConfig.parse(file, json, stored), stored));
  }

  /** The sizes it follows from. */
  public ModelSizes sizes() {
    return sizes;
  }

  /** The architecture. */
  public Family family() {
    return sizes.family();
  }

  /** All tensors. */
  public List<TensorSpec> tensors() {
    return List.copyOf(tensors.values());
  }

  /** The tensor of that name, or null. */
  public @Nullable TensorSpec find(String name) {
    return tensors.get(name);
  }

  /** Elements of a part. */
  public long elements(Part part) {
    return tensors.values().stream()
        .filter(spec -> spec.part() == part)
        .mapToLong(TensorSpec::elements)
        .sum();
  }

  /** Elements of the whole model. */
  public long elements() {
    return tensors.values().stream().mapToLong(TensorSpec::elements).sum();
  }

  /** Bytes of all tensors in the dtypes of the published files. */
  public long publishedBytes() {
    long buffer = family().bufferDtype().equals("F32") ? 4 : 2;
    return tensors.values().stream()
        .mapToLong(spec -> spec.elements() * (spec.kind() == Kind.BUFFER ? buffer : 2))
        .sum();
  }
}
