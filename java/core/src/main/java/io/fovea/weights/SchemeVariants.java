package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.weights.CheckpointFiles.Located;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Variants of the schemes that are converted: which of them are not read. */
final class SchemeVariants {
  private static final Set<String> GPTQ_BITS = Set.of("2", "3", "4", "8");
  private static final Set<String> GPTQ_FORMATS = Set.of("gptq", "gptq_v2");
  private static final String WEIGHT_FORMAT = ".weight_format";

  private final Map<String, Located> tensors;
  private final QuantizationConfig config;

  SchemeVariants(Map<String, Located> tensors, QuantizationConfig config) {
    this.tensors = tensors;
    this.config = config;
  }

  /** What makes this variant unreadable, to be said after the scheme's name. */
  Optional<String> unread(QuantizationScheme scheme) {
    return switch (scheme) {
      case GPTQ -> gptq();
      case AWQ -> awq();
      case BNB_INT8 -> weightFormat();
      default -> Optional.empty();
    };
  }

  private Optional<String> gptq() {
    String bits = config.text("no", "bits");
    String format = config.text("gptq", "checkpoint_format", "format");
    if (!GPTQ_BITS.contains(bits)) {
      return Optional.of("of " + bits + " bits");
    }
    if (!GPTQ_FORMATS.contains(format)) {
      return Optional.of("in the form '" + format + "'");
    }
    for (Map.Entry<String, JsonNode> module : config.settings().path("dynamic").properties()) {
      if (!module.getKey().startsWith("-:")) { // those are not quantised at all
        return Optional.of("with settings of their own for some modules ('dynamic')");
      }
    }
    return Optional.empty();
  }

  private Optional<String> awq() {
    String bits = config.text("4", "bits", "w_bit");
    String version = config.text("gemm", "version");
    if (!bits.equals("4")) {
      return Optional.of("of " + bits + " bits");
    }
    return version.equals("gemm") ? Optional.empty() : Optional.of("in the form '" + version + "'");
  }

  /** LLM.int8 has stored weights in the order of rows (0) and of three kinds of GPUs. */
  private Optional<String> weightFormat() {
    for (Map.Entry<String, Located> entry : tensors.entrySet()) {
      if (entry.getKey().endsWith(WEIGHT_FORMAT) && !isZero(entry.getValue())) {
        return Optional.of("in the order of a GPU (" + entry.getKey() + " is not 0)");
      }
    }
    return Optional.empty();
  }

  private static boolean isZero(Located format) {
    StoredTensor tensor = format.tensor();
    return tensor.dtype().equals("U8") && tensor.bytes() == 1 && format.bytes()[0] == 0;
  }
}
