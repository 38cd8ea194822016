package io.fovea.tools.pickle;

import io.fovea.tools.pickle.Pickled.ClassName;

/** Classes and functions that are no part of a plain tensor: why, and how to save it without. */
final class RefusedClasses {
  private static final String STATE_DICT =
      "save a dictionary of plain tensors in Python, torch.save(model.state_dict(), new_file), or"
          + " safetensors";

  private RefusedClasses() {}

  /** The refusal of a class. */
  static PickleException refusal(ClassName found) {
    String named = "names " + TorchClasses.printable(found) + ", ";
    String name = found.name();
    if (found.module().equals("torch") && name.startsWith("Complex")) {
      return new PickleException(
          named + "for complex numbers, which no model here has",
          "save real tensors in Python: tensor.real.clone()");
    }
    if (found.module().equals("torch._utils") && name.startsWith("_rebuild_sparse")) {
      return new PickleException(
          named + "for a sparse tensor", "save it dense in Python: tensor.to_dense()");
    }
    if (found.module().equals("torch._utils") && name.startsWith("_rebuild_meta")) {
      return new PickleException(
          named + "for a tensor of the device 'meta', which holds no numbers",
          "save the model again once all its weights are loaded");
    }
    if (isModule(found)) {
      return new PickleException(
          named + "for a whole model with its code, which is not run",
          "save its weights alone, in Python where it was saved:"
              + " torch.save(model.state_dict(), new_file)");
    }
    return new PickleException(named + "which tensors do not need", STATE_DICT);
  }

  /** Layers of PyTorch, and classes that model code gives such names. */
  private static boolean isModule(ClassName found) {
    return found.module().matches("(torch\\.nn|transformers|transformers_modules)(\\..*)?")
        || found.module().matches("(.*\\.)?(modeling_|modelling_|models?\\b).*")
        || found.name().matches(".*(Model|ForCausalLM|Module)");
  }
}
