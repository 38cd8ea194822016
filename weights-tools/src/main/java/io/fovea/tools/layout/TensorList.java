package io.fovea.tools.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects tensors under a common name prefix. */
final class TensorList {
  private final List<TensorSpec> specs;
  private final String prefix;
  private final boolean used;

  TensorList() {
    this(new ArrayList<>(), "", true);
  }

  private TensorList(List<TensorSpec> specs, String prefix, boolean used) {
    this.specs = specs;
    this.prefix = prefix;
    this.used = used;
  }

  /** The same list, names going on after {@code more}. */
  TensorList under(String more) {
    return new TensorList(specs, prefix + more, used);
  }

  /** The same list; what is added through this is never computed with. */
  TensorList unused() {
    return new TensorList(specs, prefix, false);
  }

  List<TensorSpec> specs() {
    return specs;
  }

  void add(String name, Part part, Kind kind, long... shape) {
    specs.add(
        new TensorSpec(
            prefix + name, Arrays.stream(shape).boxed().toList(), part, used ? kind : Kind.UNUSED));
  }

  /** The weight of a projection without bias. */
  void linear(String name, Part part, long outputs, long inputs) {
    add(name + ".weight", part, Kind.LINEAR, outputs, inputs);
  }

  /** Weight and bias of a projection. */
  void linearWithBias(String name, Part part, long outputs, long inputs) {
    linear(name, part, outputs, inputs);
    add(name + ".bias", part, Kind.BIAS, outputs);
  }

  /** Weight and bias of a LayerNorm. */
  void layerNorm(String name, Part part, long size) {
    add(name + ".weight", part, Kind.NORM, size);
    add(name + ".bias", part, Kind.NORM, size);
  }

  /** Weight and bias of a square convolution. */
  void conv(String name, Part part, long outputs, long inputs, long side) {
    add(name + ".weight", part, Kind.CONV, outputs, inputs, side, side);
    add(name + ".bias", part, Kind.BIAS, outputs);
  }
}
