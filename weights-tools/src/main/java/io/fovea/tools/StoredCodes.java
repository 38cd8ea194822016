package io.fovea.tools;

import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.quant.CodeLayout;
import io.fovea.tools.source.CodedTensor;
import io.fovea.tools.source.SourceTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weights that can be written with the codes and scales they come with. The two halves of a gated
 * MLP are computed together, so both are written so, in one layout, or neither.
 */
final class StoredCodes {
  private final ModelLayout layout;
  private final Map<String, SourceTensor> tensors = new HashMap<>();

  StoredCodes(ModelLayout layout, List<SourceTensor> tensors) {
    this.layout = layout;
    tensors.forEach(tensor -> this.tensors.put(tensor.name(), tensor));
  }

  Optional<CodedTensor> of(TensorSpec spec) {
    Optional<CodedTensor> coded = coded(spec.name());
    if (coded.isEmpty() || !spec.gateOrUp()) {
      return coded;
    }
    return coded(otherHalf(spec.name())).filter(half -> alike(half, coded.get())).isPresent()
        ? coded
        : Optional.empty();
  }

  private Optional<CodedTensor> coded(String name) {
    SourceTensor tensor = tensors.get(name);
    return tensor == null ? Optional.empty() : tensor.coded();
  }

  private static boolean alike(CodedTensor one, CodedTensor other) {
    return CodeLayout.of(one).equals(CodeLayout.of(other))
        && one.scaleDtype().equals(other.scaleDtype());
  }

  /** The name of the up projection beside a gate, or the other way round. */
  private String otherHalf(String name) {
    if (name.contains(".mlp.w")) {
      return name.contains(".w1.") ? name.replace(".w1.", ".w2.") : name.replace(".w2.", ".w1.");
    }
    if (!name.contains(".gate_proj.")) {
      return name.replaceFirst("\\.(up_proj|dense_h_to_4h)\\.", ".gate_proj.");
    }
    String up = name.replace(".gate_proj.", ".up_proj.");
    return layout.find(up) != null ? up : name.replace(".gate_proj.", ".dense_h_to_4h.");
  }
}
