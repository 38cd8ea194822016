package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.pickle.Pickled.Text;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the tensors by name in what a checkpoint file describes. */
final class StateDict {
  private static final String REMEDY =
      "save model.state_dict(), a dictionary from names to tensors, with torch.save";

  private static final int MAX_DEPTH = 3; // a program's file, a trainer's part of it, a model's

  private StateDict() {}

  /**
   * The tensors of {@code root}: a dictionary of them, or one that holds such a dictionary under
   * one of {@code wrappers}, or that under another, beside which anything else is left alone.
   *
   * @throws ModelLoadException where it is no such dictionary
   */
  static Map<String, Tensor> of(Path file, Pickled root, List<String> wrappers) {
    if (!(root instanceof Dict dict)) {
      throw new ModelLoadException(file, "data", "is no dictionary", REMEDY);
    }
    Dict inner = dict;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      inner = unwrapped(file, inner, wrappers);
    }
    return tensors(file, inner);
  }

  /** The one dictionary under a wrapper that holds tensors; else the first one; else itself. */
  private static Dict unwrapped(Path file, Dict dict, List<String> wrappers) {
    Map<String, Dict> wrapped = new LinkedHashMap<>();
    for (String wrapper : wrappers) {
      if (dict.entries.get(new Text(wrapper)) instanceof Dict inner) {
        wrapped.put(wrapper, inner);
      }
    }
    List<String> models =
        wrapped.keySet().stream()
            .filter(key -> hasTensors(wrapped.get(key), wrappers, MAX_DEPTH))
            .toList();
    if (models.isEmpty()) {
      return wrapped.isEmpty() ? dict : wrapped.values().iterator().next();
    }
    Dict first = Objects.requireNonNull(wrapped.get(models.get(0)));
    for (String other : models) {
      if (!sameTensors(first, Objects.requireNonNull(wrapped.get(other)))) {
        throw new ModelLoadException(
            file,
            "data",
            "holds tensors under '" + models.get(0) + "' and others under '" + other + "'",
            "save the one that is meant alone, with torch.save");
      }
    }
    return first;
  }

  /** Whether tensors are in it, or further down its wrappers. */
  private static boolean hasTensors(@Nullable Dict dict, List<String> wrappers, int depth) {
    if (dict == null || depth == 0) {
      return false;
    }
    return dict.entries.values().stream().anyMatch(Tensor.class::isInstance)
        || wrappers.stream()
            .map(wrapper -> dict.entries.get(new Text(wrapper)))
            .anyMatch(inner -> inner instanceof Dict d && hasTensors(d, wrappers, depth - 1));
  }

  private static boolean sameTensors(Dict one, Dict other) {
    return one == other
        || one.entries.size() == other.entries.size()
            && one.entries.entrySet().stream()
                .allMatch(
                    entry ->
                        entry.getValue() instanceof Tensor tensor
                            && tensor.equals(other.entries.get(entry.getKey())));
  }

  private static Map<String, Tensor> tensors(Path file, Dict dict) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    dict.entries.forEach(
        (key, value) -> {
          String name = key instanceof Text text ? text.value() : key.toString();
          if (!(key instanceof Text) || !(value instanceof Tensor tensor)) {
            throw new ModelLoadException(file, name, "is no named tensor", REMEDY);
          }
          tensors.put(name, tensor);
        });
    return tensors;
  }
}
