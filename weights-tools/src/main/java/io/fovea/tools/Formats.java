package io.fovea.tools;

import io.fovea.InvalidRequestException;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How the tensors of a model are stored.
 *
 * @param plain of all that is not quantised; rotary buffers keep their dtype
 * @param weights of the projections of each part; parts that are absent are not quantised
 * @param search whether scales are searched for the least squared error
 */
public record Formats(PlainType plain, Map<Part, WeightFormat> weights, boolean search) {
  /** Parts with projections, whose format can be chosen. */
  public static final Set<Part> QUANTIZABLE =
      Set.of(
          Part.LANGUAGE,
          Part.VISION,
          Part.ENCODER,
          Part.ADAPTER,
          Part.LM_HEAD,
          Part.CROSS_ATTENTION,
          Part.CROSS_ENCODER);

  /** Refuses formats for parts without projections. */
  public Formats {
    weights = Map.copyOf(weights);
    if (!QUANTIZABLE.containsAll(weights.keySet())) {
      throw new InvalidRequestException(
          weights.keySet() + " are not all parts with projections", "choose among " + QUANTIZABLE);
    }
  }

  /** Nothing quantised. */
  public static Formats plain(PlainType type) {
    return new Formats(type, Map.of(), true);
  }

  /** All projections in one format, scales searched. */
  public static Formats all(WeightFormat format) {
    Map<Part, WeightFormat> weights = new EnumMap<>(Part.class);
    QUANTIZABLE.forEach(part -> weights.put(part, format));
    return new Formats(PlainType.KEEP, weights, true);
  }

  /** The format asked for a tensor's weights. */
  WeightFormat wanted(TensorSpec spec) {
    return spec.kind() == Kind.LINEAR
        ? weights.getOrDefault(spec.part(), WeightFormat.KEEP)
        : WeightFormat.KEEP;
  }

  /** That format, or one that fits the number of inputs. */
  WeightFormat of(TensorSpec spec) {
    WeightFormat wanted = wanted(spec);
    return wanted.quantized() ? wanted.fitting(spec.shape().get(1)) : wanted;
  }

  /** The dtype of a tensor that is not quantised. */
  PlainType plain(TensorSpec spec, String storedDtype) {
    if (spec.kind() == Kind.BUFFER) {
      return PlainType.KEEP.of(storedDtype);
    }
    return of(spec) == WeightFormat.BF16 ? PlainType.BF16 : plain.of(storedDtype);
  }

  /** The same formats in the same words, whatever order they were given in. */
  String identity() {
    return plain + " " + new TreeMap<>(weights) + " " + search;
  }
}
