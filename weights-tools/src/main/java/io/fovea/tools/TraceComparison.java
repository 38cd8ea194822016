package io.fovea.tools;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SafetensorsSource;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares the intermediate results of two models, traced to files. */
public final class TraceComparison {
  private TraceComparison() {}

  /**
   * Stages in the order of the trace, token ids included.
   *
   * @param trace of the model in question
   * @param reference of the model to compare with
   * @throws ModelLoadException where the traces have not the same stages of the same shapes, as
   *     those of two requests or two architectures
   */
  public static List<StageError> compare(Path trace, Path reference) throws IOException {
    try (SafetensorsSource one = SafetensorsSource.open(trace);
        SafetensorsSource other = SafetensorsSource.open(reference)) {
      Map<String, SourceTensor> wanted = new LinkedHashMap<>();
      other.tensors().forEach(tensor -> wanted.put(tensor.name(), tensor));
      List<StageError> errors = new ArrayList<>();
      for (SourceTensor found : one.tensors()) {
        SourceTensor expected = wanted.remove(found.name());
        if (expected == null || !expected.shape().equals(found.shape())) {
          throw different(trace, found.name());
        }
        errors.add(error(found, expected));
      }
      if (!wanted.isEmpty()) {
        throw different(trace, wanted.keySet().iterator().next());
      }
      return errors;
    }
  }

  private static ModelLoadException different(Path trace, String stage) {
    return new ModelLoadException(
        trace,
        stage,
        "is not in both traces in one shape",
        "compare models of one architecture and sizes, on one request");
  }

  private static StageError error(SourceTensor found, SourceTensor expected) throws IOException {
    int count = Math.toIntExact(found.elements());
    float[] a = new float[count];
    float[] b = new float[count];
    found.read(0, a, count);
    expected.read(0, b, count);
    double difference = 0;
    double reference = 0;
    double largest = 0;
    for (int i = 0; i < count; i++) {
      double deviation = (double) a[i] - b[i];
      difference += deviation * deviation;
      reference += (double) b[i] * b[i];
      largest = Math.max(largest, Math.abs(deviation)); // NaN stays
    }
    double relative = difference == 0 ? 0 : Math.sqrt(difference / reference);
    return new StageError(found.name(), relative, largest);
  }
}
