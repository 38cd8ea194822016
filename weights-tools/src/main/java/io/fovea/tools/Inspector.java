package io.fovea.tools;

import io.fovea.UnsupportedModelException;
import io.fovea.tools.Inspection.PartSummary;
import io.fovea.tools.Inspection.TensorSummary;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredScheme;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tells what a checkpoint of any readable format holds; values are not read. */
public final class Inspector {
  private Inspector() {}

  /**
   * Inspects a folder or file.
   *
   * @throws io.fovea.ModelLoadException where files are missing or damaged
   * @throws io.fovea.UnsupportedModelException where config.json describes another architecture
   */
  public static Inspection inspect(Path path) {
    try (SourceCheckpoint source = SourceCheckpoints.open(path)) {
      return inspect(path, source);
    }
  }

  private static Inspection inspect(Path path, SourceCheckpoint source) {
    ModelLayout layout = checked(path, source);
    List<TensorSummary> tensors = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    Set<String> present = new HashSet<>();
    for (SourceTensor tensor : source.tensors()) {
      TensorSpec spec = layout.find(tensor.name());
      present.add(tensor.name());
      if (spec == null && layout.listed()) {
        unknown.add(tensor.name());
      }
      tensors.add(
          new TensorSummary(
              tensor.name(),
              tensor.shape(),
              tensor.dtype(),
              tensor.storedBytes(),
              spec == null ? null : spec.part(),
              tensor.file()));
    }
    return new Inspection(
        source.format(),
        layout.family(),
        source.scheme(),
        tensors.stream().mapToLong(Inspector::elements).sum(),
        tensors.stream().mapToLong(TensorSummary::bytes).sum(),
        parts(tensors),
        tensors,
        missing(layout, present),
        unknown,
        notes(layout, source));
  }

  private static List<String> notes(ModelLayout layout, SourceCheckpoint source) {
    if (layout.listed()) {
      return source.notes();
    }
    List<String> notes = new ArrayList<>(source.notes());
    notes.add(
        "there is no list of the tensors of "
            + layout.family()
            + ": what is there is shown, not checked");
    return notes;
  }

  /**
   * The layout that a checkpoint's own config.json asks for.
   *
   * @throws io.fovea.FoveaException where a tensor of it is stored as codes that are not
   *     understood, or its family's tensors are not known
   */
  static ModelLayout layout(Path path, SourceCheckpoint source) {
    ModelLayout layout = checked(path, source);
    layout.requireListed(path.resolve("config.json"));
    return layout;
  }

  private static ModelLayout checked(Path path, SourceCheckpoint source) {
    ModelLayout layout =
        ModelLayout.of(path.resolve("config.json"), source.config(), shapes(source));
    Set<String> present = new HashSet<>();
    for (SourceTensor tensor : source.tensors()) {
      present.add(tensor.name());
      if (layout.find(tensor.name()) != null && !tensor.holdsNumbers()) {
        throw StoredScheme.codes(tensor.file(), tensor.name(), tensor.dtype());
      }
    }
    for (String name : missing(layout, present)) {
      if (source.missing(path, name) instanceof UnsupportedModelException refusal) {
        throw refusal; // other tensors lie in its place
      }
    }
    return layout;
  }

  /** Shapes of a checkpoint's tensors, by name. */
  static StoredShapes shapes(SourceCheckpoint source) {
    Map<String, List<Long>> shapes = new HashMap<>();
    source.tensors().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
    return new StoredShapes(shapes);
  }

  private static List<String> missing(ModelLayout layout, Set<String> present) {
    return layout.tensors().stream()
        .filter(spec -> !spec.kind().optional() && !present.contains(spec.name()))
        .map(TensorSpec::name)
        .toList();
  }

  private static List<PartSummary> parts(List<TensorSummary> tensors) {
    List<PartSummary> parts = new ArrayList<>();
    for (Part part : Part.values()) {
      List<TensorSummary> of = tensors.stream().filter(tensor -> tensor.part() == part).toList();
      if (!of.isEmpty()) {
        Map<String, Long> dtypes = new TreeMap<>();
        of.forEach(tensor -> dtypes.merge(tensor.dtype(), elements(tensor), Long::sum));
        long bytes = of.stream().mapToLong(TensorSummary::bytes).sum();
        long elements = of.stream().mapToLong(Inspector::elements).sum();
        parts.add(new PartSummary(part, of.size(), elements, bytes, dtypes));
      }
    }
    return parts;
  }

  private static long elements(TensorSummary tensor) {
    return tensor.shape().stream().reduce(1L, Math::multiplyExact);
  }
}
