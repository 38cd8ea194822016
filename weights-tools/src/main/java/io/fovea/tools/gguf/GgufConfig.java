package io.fovea.tools.gguf;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.tools.gguf.SentencePieceFile.Ids;
import java.math.BigDecimal;

/** Makes the {@code config.json} of CogVLM v1 from the metadata of a GGUF pair. */
final class GgufConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final float ROTARY_BASE = 10000;

  private GgufConfig() {}

  /**
   * The text of {@code config.json}.
   *
   * @param vocabulary rows of the token embedding
   * @param positions rows of the encoder's position table
   */
  static String compose(
      GgufMetadata model, GgufMetadata clip, Ids ids, long vocabulary, long positions) {
    refuseVariants(model, clip);
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("CogVLMForCausalLM");
    config.put("hidden_size", model.count(GgufKeys.HIDDEN));
    config.put("intermediate_size", model.count(GgufKeys.INTERMEDIATE));
    config.put("num_hidden_layers", model.count(GgufKeys.LAYERS));
    config.put("num_attention_heads", model.count(GgufKeys.HEADS));
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", model.count(GgufKeys.CONTEXT));
    config.put("rms_norm_eps", decimal(model.real(GgufKeys.RMS_EPS)));
    config.put("vocab_size", vocabulary);
    config.put("bos_token_id", ids.bos());
    config.put("eos_token_id", ids.eos());
    config.put("pad_token_id", Math.max(ids.pad(), 0));
    config.put("tie_word_embeddings", false);
    config.put("template_version", model.text(GgufKeys.TEMPLATE, "chat"));
    vision(config.putObject("vision_config"), clip, positions);
    return config.toPrettyString() + "\n";
  }

  private static void vision(ObjectNode config, GgufMetadata clip, long positions) {
    config.put("dropout_prob", 0.0);
    config.put("hidden_act", "gelu");
    config.put("hidden_size", clip.count(GgufKeys.VISION_HIDDEN));
    config.put("image_size", clip.count(GgufKeys.VISION_IMAGE));
    config.put("in_channels", 3);
    config.put("intermediate_size", clip.count(GgufKeys.VISION_INTERMEDIATE));
    config.put("layer_norm_eps", decimal(clip.real(GgufKeys.VISION_EPS)));
    config.put("num_heads", clip.count(GgufKeys.VISION_HEADS));
    config.put("num_hidden_layers", clip.count(GgufKeys.VISION_LAYERS));
    config.put("num_positions", positions);
    config.put("patch_size", clip.count(GgufKeys.VISION_PATCH));
  }

  /** What config.json of CogVLM v1 cannot say must be as it is in that model. */
  private static void refuseVariants(GgufMetadata model, GgufMetadata clip) {
    String projector = clip.text(GgufKeys.PROJECTOR);
    if (!projector.equals("cogvlm")) {
      throw clip.bad(GgufKeys.PROJECTOR, "is '" + projector + "', CogVLM's is 'cogvlm'");
    }
    int heads = model.count(GgufKeys.HEADS);
    if (model.count(GgufKeys.KEY_HEADS, heads) != heads) {
      throw model.bad(GgufKeys.KEY_HEADS, "differs from the " + heads + " heads of CogVLM v1");
    }
    if (model.has(GgufKeys.ROTARY_BASE) && model.real(GgufKeys.ROTARY_BASE) != ROTARY_BASE) {
      throw model.bad(GgufKeys.ROTARY_BASE, "is not the 10000 of CogVLM v1");
    }
    int projection = clip.count(GgufKeys.VISION_PROJECTION, model.count(GgufKeys.HIDDEN));
    if (projection != model.count(GgufKeys.HIDDEN)) {
      throw clip.bad(
          GgufKeys.VISION_PROJECTION,
          projection + " does not fit to the model's " + model.count(GgufKeys.HIDDEN));
    }
  }

  /** The shortest decimal that is this f32: 1e-5, not 9.99999974e-6. */
  private static BigDecimal decimal(float value) {
    return new BigDecimal(Float.toString(value));
  }
}
