package io.fovea.tools.layout;

import java.util.List;

/**
 * A tensor that a model has.
 *
 * @param name in the published checkpoint
 * @param shape sizes, outermost first; projections are [outputs, inputs]
 */
public record TensorSpec(String name, List<Long> shape, Part part, Kind kind) {
  public TensorSpec {
    shape = List.copyOf(shape);
  }

  /** Whether a stored tensor of that shape can be this one. */
  public boolean fits(List<Long> stored) {
    return shape.equals(stored);
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Whether it is the gate or up projection of an MLP, which are always stored alike. */
  public boolean gateOrUp() {
    return name.endsWith(".gate_proj.weight")
        || name.endsWith(".up_proj.weight")
        || name.endsWith(".mlp.w1.weight")
        || name.endsWith(".mlp.w2.weight")
        || name.endsWith(".linear_proj.dense_h_to_4h.weight");
  }
}
