package io.fovea.tools.lora;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a tensor of an adapter is, by its name.
 *
 * @param target the module that it changes, such as {@code model.layers.0.mlp.up_proj}; of a
 *     replacement the tensor
 */
record LoraName(String target, Role role) {
  enum Role {
    /** [rank, inputs] of a projection or convolution. */
    A,
    /** [outputs, rank]. */
    B,
    /** What is added to the bias [outputs], before scaling. */
    BIAS,
    /** [rank, tokens] of an embedding. */
    EMBEDDING_A,
    /** [columns, rank]. */
    EMBEDDING_B,
    /** DoRA's length of each output's row. */
    MAGNITUDE,
    /** Takes the place of a tensor. */
    REPLACEMENT
  }

  /** What PEFT puts before the names of the model. */
  private static final String PREFIX = "base_model.model.";

  // Between the parts of a name, older files have the adapter's own, mostly "default".
  private static final Pattern FACTOR =
      Pattern.compile("(.+)\\.lora_([AB])(?:\\.[^.]+)?\\.(weight|bias)");

  private static final Pattern EMBEDDING =
      Pattern.compile("(.+)\\.lora_embedding_([AB])(?:\\.[^.]+)?");

  private static final Pattern MAGNITUDE =
      Pattern.compile("(.+)\\.lora_magnitude_vector(?:\\.[^.]+){0,2}");

  private static final Pattern SAVED = Pattern.compile("\\.modules_to_save(?:\\.[^.]+)?(?=\\.)");

  static LoraName of(String stored) {
    String name = stored.startsWith(PREFIX) ? stored.substring(PREFIX.length()) : stored;
    Matcher factor = FACTOR.matcher(name);
    if (factor.matches()) {
      boolean first = factor.group(2).equals("A");
      boolean bias = factor.group(3).equals("bias");
      // a bias of A is of no layer that PEFT makes: as a replacement it has no target
      return bias && first
          ? new LoraName(name, Role.REPLACEMENT)
          : new LoraName(factor.group(1), bias ? Role.BIAS : first ? Role.A : Role.B);
    }
    Matcher embedding = EMBEDDING.matcher(name);
    if (embedding.matches()) {
      boolean first = embedding.group(2).equals("A");
      return new LoraName(embedding.group(1), first ? Role.EMBEDDING_A : Role.EMBEDDING_B);
    }
    Matcher magnitude = MAGNITUDE.matcher(name);
    if (magnitude.matches()) {
      return new LoraName(magnitude.group(1), Role.MAGNITUDE);
    }
    String plain = SAVED.matcher(name).replaceAll("").replace(".base_layer.", ".");
    return new LoraName(plain, Role.REPLACEMENT);
  }
}
