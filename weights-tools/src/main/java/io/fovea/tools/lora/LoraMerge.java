package io.fovea.tools.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.lora.LoraName.Role;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.JsonFile;
import io.fovea.weights.TiedEmbedding;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the tensor that each part of an adapter changes, or says why it cannot be changed. */
final class LoraMerge {
  private static final Set<String> FLOATS = Set.of("BF16", "F16", "F32", "F64");
  private static final String OTHER_MODEL = "merge it into the model that it was trained on";

  private final ModelLayout layout;
  private final boolean oneTensor; // head and embedding
  private final boolean headCopied; // from the embedding, into a tensor of its own
  private final Map<String, SourceTensor> tensors;
  private final Set<String> changed = new HashSet<>();

  /**
   * @param tensors the model's by name, whose values are changed in place
   */
  LoraMerge(SourceCheckpoint base, ModelLayout layout, Map<String, SourceTensor> tensors) {
    this.layout = layout;
    this.tensors = tensors;
    JsonNode config = JsonFile.parse(Path.of("config.json"), base.config(), "mend it");
    this.oneTensor = layout.tensors().stream().anyMatch(spec -> spec.kind() == Kind.TIED);
    this.headCopied = config.path(TiedEmbedding.KEY).asBoolean() && !oneTensor;
  }

  /**
   * Adds all that an adapter changes; returns that in words.
   *
   * @throws ModelLoadException where a part does not fit
   * @throws UnsupportedModelException where the model's weights are not plain numbers
   */
  String add(LoraAdapter adapter) {
    if (headCopied && adapter.config().headFollows()) {
      throw new UnsupportedModelException(
          adapter.config().file() + ": ensure_weight_tying is not merged into this model",
          "merge it in Python: merge_and_unload()");
    }
    Set<String> before = Set.copyOf(changed);
    int[] counts = new int[2];
    adapter
        .parts()
        .forEach(
            (target, parts) -> {
              SourceTensor replacement = parts.get(Role.REPLACEMENT);
              if (replacement != null) {
                replace(adapter, target, replacement, before);
                counts[1]++;
              }
            });
    adapter
        .parts()
        .forEach(
            (target, parts) -> {
              if (!parts.keySet().equals(Set.of(Role.REPLACEMENT))) {
                change(adapter, target, parts);
                counts[0]++;
              }
            });
    if (counts[0] + counts[1] == 0) {
      throw new ModelLoadException(
          adapter.directory(), "weights", "has no tensors", "fetch the adapter again");
    }
    return adapter.directory()
        + ": "
        + counts[0]
        + " weights changed"
        + (counts[1] == 0 ? "" : ", " + counts[1] + " tensors replaced");
  }

  private void replace(
      LoraAdapter adapter, String name, SourceTensor other, Set<String> changedBefore) {
    SourceTensor base = base(adapter, other, name);
    if (changedBefore.contains(name)) {
      throw new ModelLoadException(
          other.file(),
          other.name(),
          "replaces a tensor that another adapter has changed",
          "give that adapter after this one, or merge one of the two only");
    }
    require(other, other.shape().equals(base.shape()), base.shape());
    tensors.put(name, new ReplacedTensor(base, other));
    changed.add(name);
  }

  private void change(LoraAdapter adapter, String module, Map<Role, SourceTensor> parts) {
    boolean embedding = parts.containsKey(Role.EMBEDDING_A) || parts.containsKey(Role.EMBEDDING_B);
    SourceTensor a = part(adapter, module, parts, embedding ? Role.EMBEDDING_A : Role.A);
    SourceTensor b = part(adapter, module, parts, embedding ? Role.EMBEDDING_B : Role.B);
    String weight = module + ".weight";
    SourceTensor base = base(adapter, a, weight);
    if (base.shape().size() < 2 || layoutKind(weight) == Kind.EMBEDDING != embedding) {
      throw new ModelLoadException(
          a.file(), a.name(), "does not fit " + weight + " " + base.shape(), OTHER_MODEL);
    }
    long rank = adapter.config().rank(module);
    long rows = base.shape().get(0);
    List<Long> columns = base.shape().subList(1, base.shape().size());
    if (embedding) {
      require(a, a.shape().equals(List.of(rank, rows)), List.of(rank, rows));
      require(b, b.shape().equals(List.of(columns.get(0), rank)), List.of(columns.get(0), rank));
    } else {
      List<Long> right = Stream.concat(Stream.of(rank), columns.stream()).toList();
      List<Long> left =
          Stream.concat(Stream.of(rows, rank), columns.stream().skip(1).map(side -> 1L)).toList();
      require(a, a.shape().equals(right), right);
      require(b, b.shape().equals(left), left);
    }
    double scaling = adapter.config().scaling(module);
    SourceTensor magnitude = magnitude(adapter, module, parts, rows, embedding);
    put(
        weight,
        new LowRank(
            embedding ? a : b, embedding ? b : a, embedding, (int) rank, scaling, magnitude));
    SourceTensor shift = parts.get(Role.BIAS);
    if (shift != null) {
      SourceTensor bias = base(adapter, shift, module + ".bias");
      require(shift, shift.shape().equals(bias.shape()), bias.shape());
      put(module + ".bias", new Shift(shift, scaling));
    }
  }

  private void put(String name, Update update) {
    tensors.compute(name, (key, tensor) -> MergedTensor.of(Objects.requireNonNull(tensor), update));
    changed.add(name);
  }

  private static @Nullable SourceTensor magnitude(
      LoraAdapter adapter,
      String module,
      Map<Role, SourceTensor> parts,
      long rows,
      boolean embedding) {
    SourceTensor magnitude = parts.get(Role.MAGNITUDE);
    if (!adapter.config().dora() && magnitude == null) {
      return null;
    }
    SourceTensor found = part(adapter, module, parts, Role.MAGNITUDE);
    if (!adapter.config().dora() || embedding) {
      throw new ModelLoadException(
          found.file(),
          found.name(),
          embedding ? "is of DoRA on an embedding" : "is of DoRA, and use_dora is not set",
          embedding ? "merge it in Python: merge_and_unload()" : LoraConfig.REMEDY);
    }
    require(found, found.elements() == rows, List.of(rows));
    return found;
  }

  /** The tensor that a part of an adapter changes. */
  private SourceTensor base(LoraAdapter adapter, SourceTensor part, String name) {
    refuseTied(adapter, part, name);
    SourceTensor base = tensors.get(name);
    if (base == null || layout.find(name) == null) {
      throw new ModelLoadException(
          part.file(), part.name(), "is for '" + name + "', which the model lacks", OTHER_MODEL);
    }
    if (base.coded().isPresent() || !FLOATS.contains(base.dtype())) {
      throw new UnsupportedModelException(
          base.file()
              + " ["
              + name
              + "] is stored as "
              + base.dtype()
              + " and not as plain numbers",
          "convert the model first: fovea convert MODEL --dtype bf16 --out PLAIN");
    }
    return base;
  }

  /** A head that is the embedding can be changed only together with it. */
  private void refuseTied(LoraAdapter adapter, SourceTensor part, String name) {
    TensorSpec spec = layout.find(name);
    if (!oneTensor || spec == null) {
      return;
    }
    boolean head = spec.part() == Part.LM_HEAD;
    if (head || spec.kind() == Kind.EMBEDDING && !adapter.config().headFollows()) {
      throw new ModelLoadException(
          part.file(),
          part.name(),
          "changes the " + (head ? "head" : "embedding") + " alone; here both are one tensor",
          "train it with ensure_weight_tying on the embedding, or without either of them");
    }
    if (spec.kind() == Kind.EMBEDDING) { // a stored copy of it would stay as it was
      tensors.keySet().removeIf(other -> layoutKind(other) == Kind.TIED);
    }
  }

  private @Nullable Kind layoutKind(String name) {
    TensorSpec spec = layout.find(name);
    return spec == null ? null : spec.kind();
  }

  private static SourceTensor part(
      LoraAdapter adapter, String module, Map<Role, SourceTensor> parts, Role role) {
    SourceTensor found = parts.get(role);
    if (found == null) {
      String others =
          parts.values().stream().map(SourceTensor::name).collect(Collectors.joining(", "));
      throw new ModelLoadException(
          adapter.file().tensors().get(0).file(),
          module,
          "has no part " + role + ", only " + others,
          "fetch the adapter again");
    }
    return found;
  }

  private static void require(SourceTensor tensor, boolean fits, List<Long> wanted) {
    if (!fits) {
      throw new ModelLoadException(
          tensor.file(),
          tensor.name(),
          "has shape " + tensor.shape() + ", wanted is " + wanted,
          "use the " + LoraConfig.FILE + " of this adapter and the model it was trained on");
    }
  }
}
