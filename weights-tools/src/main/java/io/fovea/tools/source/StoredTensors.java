package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The tensors of a model in files that hold each of them in one piece: plain ones as they are, the
 * parts of a quantised weight as one tensor of the numbers that they stand for.
 */
public final class StoredTensors {
  private StoredTensors() {}

  /**
   * All tensors, in the order of {@code located}.
   *
   * @param scheme how they are stored; one that is read
   * @param plain gives a tensor that is no part of a quantised weight, by name
   * @throws ModelLoadException where the parts of a weight do not fit each other
   */
  public static List<SourceTensor> of(
      StoredScheme scheme,
      Map<String, Located> located,
      Function<Path, BinaryFile> files,
      Function<String, SourceTensor> plain) {
    Parts parts = new Parts(located, files);
    WeightDecoder decoder = decoder(scheme, parts, located);
    Map<String, SourceTensor> found = new LinkedHashMap<>();
    located
        .keySet()
        .forEach(
            name -> {
              boolean codes = decoder.isCodes(name);
              if (codes || !decoder.isPart(name)) {
                SourceTensor tensor = codes ? decoder.weight(name) : plain.apply(name);
                if (found.put(tensor.name(), tensor) != null) {
                  throw new ModelLoadException(
                      tensor.file(),
                      tensor.name(),
                      "is there twice, once as " + name,
                      "remove one of the two");
                }
              }
            });
    return new ArrayList<>(found.values());
  }

  private static WeightDecoder decoder(
      StoredScheme scheme, Parts parts, Map<String, Located> located) {
    return switch (scheme.scheme()) {
      case PLAIN -> WeightDecoder.NONE;
      case COMPRESSED_TENSORS -> new CompressedTensors(located, parts);
      case BNB_NF4 -> new Nf4Weights(parts);
      case BNB_INT8 -> new Int8Weights(parts);
      case GPTQ -> new GptqWeights(parts, scheme.settings());
      case AWQ -> new AwqWeights(parts, scheme.settings());
      case FP8_BLOCKS -> new BlockWeights(parts, scheme.settings());
      default -> throw new IllegalArgumentException(scheme.title() + " is not read");
    };
  }
}
