package io.fovea.tools;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.family.Families;
import io.fovea.family.ModelDescription;
import io.fovea.family.ShikraDescription;
import io.fovea.model.shikra.ShikraModel;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.RenamedTensor;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.SummedTensor;
import io.fovea.weights.JsonFile;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts a checkpoint together with others that it is published without. */
final class Merger {
  /** Where CLIP keeps its vision transformer. */
  private static final String TOWER = "vision_model.";

  /** 0, 1, 2 and so on, stored by older programs. */
  private static final String NUMBERS = "embeddings.position_ids";

  /** Parts that a delta holds the distance of; what else it has is there as it is. */
  private static final Set<Part> SUMMED =
      Set.of(Part.LANGUAGE, Part.NORMS, Part.EMBEDDING, Part.LM_HEAD);

  private final Path path;
  private final SourceCheckpoint own;
  private final PlainType type;

  Merger(Path path, SourceCheckpoint own, PlainType type) {
    this.path = path;
    this.own = own;
    this.type = type;
  }

  /**
   * The whole.
   *
   * @param clip whose vision transformer is added, or null
   * @param base that all weights are the distance from, or null
   * @param opened what the result closes
   */
  SourceCheckpoint merged(
      @Nullable SourceCheckpoint clip,
      @Nullable SourceCheckpoint base,
      List<SourceCheckpoint> opened) {
    String config = clip == null ? own.config() : config(clip);
    List<SourceTensor> tensors = new ArrayList<>(own.tensors());
    if (base != null) {
      ModelLayout layout =
          ModelLayout.of(path.resolve("config.json"), config, Inspector.shapes(own));
      tensors = summed(layout, base);
    }
    if (clip != null) {
      tensors.addAll(tower(clip));
    }
    return new MergedCheckpoint(own, config, List.copyOf(tensors), List.copyOf(opened));
  }

  private List<SourceTensor> summed(ModelLayout layout, SourceCheckpoint base) {
    Map<String, SourceTensor> under = new HashMap<>();
    base.tensors().forEach(tensor -> under.put(tensor.name(), tensor));
    List<SourceTensor> tensors = new ArrayList<>();
    for (SourceTensor delta : own.tensors()) {
      TensorSpec spec = layout.find(delta.name());
      tensors.add(
          spec != null && SUMMED.contains(spec.part())
              ? sum(delta, under.get(delta.name()), spec)
              : delta);
    }
    return tensors;
  }

  private SourceTensor sum(SourceTensor delta, @Nullable SourceTensor base, TensorSpec spec) {
    if (base == null) {
      throw new ModelLoadException(
          delta.file(),
          delta.name(),
          "is not in the base",
          "name the folder of the LLaMA model that the delta was made from with --base");
    }
    if (!fits(delta.shape(), base.shape(), spec)) {
      throw new ModelLoadException(
          base.file(),
          base.name(),
          "has shape " + base.shape() + ", the delta's is " + delta.shape(),
          "name the base of the same size with --base");
    }
    return new SummedTensor(delta, base, type.of(delta.dtype()) != PlainType.F32);
  }

  /** Tokens were added to the base's: it may have fewer rows in the embedding and in the head. */
  private static boolean fits(List<Long> delta, List<Long> base, TensorSpec spec) {
    boolean tokens = spec.part() == Part.EMBEDDING || spec.part() == Part.LM_HEAD;
    return tokens && delta.size() == 2 && base.size() == 2
        ? base.get(0) <= delta.get(0) && base.get(1).equals(delta.get(1))
        : base.equals(delta);
  }

  private List<SourceTensor> tower(SourceCheckpoint clip) {
    if (own.tensors().stream().anyMatch(each -> each.name().startsWith(ShikraModel.VISION))) {
      throw new ModelLoadException(
          path, ShikraModel.VISION, "is among the weights already", "leave --vision out");
    }
    List<SourceTensor> tower = new ArrayList<>();
    for (SourceTensor tensor : clip.tensors()) {
      if (tensor.name().startsWith(TOWER) && !tensor.name().endsWith(NUMBERS)) {
        String name = ShikraModel.VISION + tensor.name().substring(TOWER.length());
        tower.add(new RenamedTensor(tensor, name));
      }
    }
    return tower;
  }

  /** The model's config.json with the encoder's own, in which a whole CLIP has it as a part. */
  private String config(SourceCheckpoint clip) {
    String remedy = "fetch it again";
    Path file = path.resolve("config.json");
    ObjectNode root = (ObjectNode) JsonFile.parse(file, own.config(), remedy);
    ModelDescription model = Families.describe(file, own.config(), StoredShapes.none());
    if (!(model instanceof ShikraDescription)) {
      throw new UnsupportedModelException(
          file
              + " describes "
              + model.family().displayName()
              + ", which has its encoder among its weights",
          "leave --vision out");
    }
    ObjectNode other = (ObjectNode) JsonFile.parse(Path.of("config.json"), clip.config(), remedy);
    root.set("vision_config", other.has("vision_config") ? other.get("vision_config") : other);
    return JsonFile.text(root);
  }
}
