package io.fovea.weights;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds tensors whose names say that they scale, shift or reorder weights, and that the scheme of a
 * checkpoint does not read: to leave them out would change the weights' meaning. Beside plain
 * weights only names next to a weight count, elsewhere such a name may mean anything.
 */
final class UnreadScales {
  private static final Pattern SPEAKS_OF_SCALES =
      Pattern.compile(
          "(?i).*(scale|zero|_zp|absmax|amax|g_?idx|codebook|scb|quant|qmap|qdata|qweight|packed"
              + "|bitmask|centroid|weight_format|weight_shape).*");

  private static final Map<QuantizationScheme, Set<String>> READ =
      Map.of(
          QuantizationScheme.BNB_NF4,
          Set.of("absmax", "quant_map", "nested_absmax", "nested_quant_map", "bitsandbytes__nf4"),
          QuantizationScheme.BNB_INT8,
          Set.of("SCB", "weight_format"),
          QuantizationScheme.GPTQ,
          Set.of("qweight", "qzeros", "scales", "g_idx"),
          QuantizationScheme.AWQ,
          Set.of("qweight", "qzeros", "scales"),
          QuantizationScheme.FP8_BLOCKS,
          Set.of("weight_scale_inv", "input_scale"),
          QuantizationScheme.COMPRESSED_TENSORS,
          Set.of("weight_packed", "weight_scale", "weight_shape", "input_scale", "output_scale"));

  private final Collection<String> names;
  private final QuantizationScheme scheme;

  UnreadScales(Collection<String> names, QuantizationScheme scheme) {
    this.names = names;
    this.scheme = scheme;
  }

  /** The first such tensor. */
  Optional<String> first() {
    Set<String> read = READ.getOrDefault(scheme, Set.of());
    return names.stream()
        .filter(
            name -> {
              int dot = name.lastIndexOf('.');
              String last = name.substring(dot + 1);
              return SPEAKS_OF_SCALES.matcher(last).matches()
                  && !read.contains(last)
                  && (scheme != QuantizationScheme.PLAIN || isBesideWeight(name, dot));
            })
        .findFirst();
  }

  private boolean isBesideWeight(String name, int dot) {
    String before = name.substring(0, Math.max(dot, 0));
    return names.contains(before) || names.contains(before + ".weight");
  }
}
