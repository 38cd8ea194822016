package io.fovea.tools.pickle;

import io.fovea.tools.pickle.Pickled.ClassName;
import java.util.Map;

/** Classes and functions by which pickles hold quantised weights as objects. */
final class QuantizedClasses {
  /** Programs by the first part of their modules' names. */
  private static final Map<String, String> PROGRAMS =
      Map.of(
          "torchao", "torchao",
          "bitsandbytes", "bitsandbytes",
          "hqq", "HQQ",
          "quanto", "quanto",
          "optimum", "quanto",
          "eetq", "EETQ",
          "auto_gptq", "GPTQ",
          "gptqmodel", "GPTQ",
          "awq", "AWQ",
          "aqlm", "AQLM");

  /** Functions of PyTorch itself. */
  private static final Map<String, String> FUNCTIONS =
      Map.of(
          "torch._tensor._rebuild_from_type_v2", "torchao or another kind of tensor",
          "torch._utils._rebuild_wrapper_subclass", "torchao or another kind of tensor",
          "torch._utils._rebuild_qtensor", "PyTorch's own integers with scales",
          "torch._utils._rebuild_tensor_v3", "8-bit floats of PyTorch");

  private QuantizedClasses() {}

  /**
   * Throws where the class is one of these.
   *
   * @throws PickleException.Quantized naming the scheme
   */
  static void refuse(ClassName found) throws PickleException {
    String program = found.module().replaceFirst("\\..*", "");
    String title = FUNCTIONS.getOrDefault(found.toString(), PROGRAMS.get(program));
    if (title != null) {
      throw new PickleException.Quantized(title, TorchClasses.printable(found));
    }
  }
}
