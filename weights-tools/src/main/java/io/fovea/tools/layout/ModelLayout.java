package io.fovea.tools.layout;

import io.fovea.FoveaException;
import io.fovea.UnsupportedModelException;
import io.fovea.family.CogVlmDescription;
import io.fovea.family.Families;
import io.fovea.family.Kosmos2Description;
import io.fovea.family.ModelDescription;
import io.fovea.family.QwenVlDescription;
import io.fovea.family.ShikraDescription;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.model.shikra.ShikraModel;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All tensors of a model, in the order of its data's way. */
public final class ModelLayout {
  private final String family;
  private final @Nullable ModelSizes sizes;
  private final boolean listed;
  private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();

  private ModelLayout(String family, @Nullable ModelSizes sizes, boolean listed, TensorList list) {
    this.family = family;
    this.sizes = sizes;
    this.listed = listed;
    list.specs().forEach(spec -> tensors.put(spec.name(), spec));
  }

  /** The layout of a CogVLM or CogAgent of those sizes. */
  public static ModelLayout of(ModelSizes sizes) {
    TensorList list = new TensorList();
    new CogVlmTensors(sizes, list).add();
    ModelSizes.Cross cross = sizes.cross();
    if (cross != null) {
      new CogAgentTensors(sizes, cross, list).add();
    }
    return new ModelLayout(sizes.family().displayName(), sizes, /* listed= */ true, list);
  }

  /**
   * The layout that a config.json describes; without tensors where the family is not listed here.
   *
   * @param file named in messages
   * @param json its text
   * @param stored shapes of the checkpoint: they tell the family and sizes that config.json leaves
   *     open
   * @throws io.fovea.ModelLoadException where a key is missing or makes no sense
   * @throws UnsupportedModelException where it describes another architecture
   */
  public static ModelLayout of(Path file, String json, StoredShapes stored) {
    ModelDescription model = Families.describe(file, json, stored);
    if (model instanceof CogVlmDescription known) {
      return of(ModelSizes.of(known.config(), stored));
    }
    TensorList list = new TensorList();
    boolean listed = true;
    if (model instanceof Kosmos2Description known) {
      new Kosmos2Tensors(known.config(), list).add();
    } else if (model instanceof QwenVlDescription known) {
      new QwenVlTensors(known.config(), list).add();
    } else if (model instanceof ShikraDescription known) {
      new ShikraTensors(known.config(), list).add();
    } else {
      listed = false;
    }
    return new ModelLayout(model.family().displayName(), /* sizes= */ null, listed, list);
  }

  /**
   * The sizes it follows from.
   *
   * @throws IllegalStateException for a model other than CogVLM and CogAgent
   */
  public ModelSizes sizes() {
    if (sizes == null) {
      throw new IllegalStateException(family + " has no sizes of CogVLM");
    }
    return sizes;
  }

  /** The architecture, for people. */
  public String family() {
    return family;
  }

  /** Whether it is this CogVLM or CogAgent. */
  public boolean is(CogVlmVariant variant) {
    return sizes != null && sizes.family() == variant;
  }

  /** Whether its tensors are known; a family from a jar of its own has no list here. */
  public boolean listed() {
    return listed;
  }

  /**
   * Does nothing where its tensors are known.
   *
   * @param file for the message
   * @throws UnsupportedModelException where they are not, so that nothing can be checked
   */
  public void requireListed(Path file) {
    if (!listed) {
      throw new UnsupportedModelException(
          file + " describes " + family + ", of which there is no list of tensors to check against",
          "'inspect' shows what is there, and the engine runs it as it is; convert it in Python, or"
              + " add its list beside the others in io.fovea.tools.layout");
    }
  }

  /** All tensors. */
  public List<TensorSpec> tensors() {
    return List.copyOf(tensors.values());
  }

  /** The tensor of that name, or null. */
  public @Nullable TensorSpec find(String name) {
    return tensors.get(name);
  }

  /**
   * What to say where a tensor is not there, if that is known of the model: some are published
   * without.
   */
  public Optional<FoveaException> missing(Path path, String name) {
    return name.startsWith(ShikraModel.VISION)
        ? Optional.of(ShikraDescription.withoutEncoder(path))
        : Optional.empty();
  }

  /** Elements of a part. */
  public long elements(Part part) {
    return tensors.values().stream()
        .filter(spec -> spec.part() == part)
        .mapToLong(TensorSpec::elements)
        .sum();
  }

  /** Elements of the whole model; those that are there twice count once. */
  public long elements() {
    return tensors.values().stream()
        .filter(spec -> spec.kind() != Kind.TIED)
        .mapToLong(TensorSpec::elements)
        .sum();
  }

  /** Bytes of all tensors in the dtypes of CogVLM's published files. */
  public long publishedBytes() {
    long buffer = sizes().bufferDtype().equals("F32") ? 4 : 2;
    return tensors.values().stream()
        .mapToLong(spec -> spec.elements() * (spec.kind() == Kind.BUFFER ? buffer : 2))
        .sum();
  }
}
