package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.pickle.Pickled.Text;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    return tensors(file, unwrapped(dict, wrappers));
  }

  private static Dict unwrapped(Dict dict, List<String> wrappers) {
    Dict inner = dict;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      for (String wrapper : wrappers) {
        if (inner.entries.get(new Text(wrapper)) instanceof Dict wrapped) {
          inner = wrapped;
          break;
        }
      }
    }
    return inner;
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
