package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.tools.layout.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Qwen-VL-Chat. */
record QwenVlSynthesis(SizeTable sizes) implements SyntheticModel {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double MLP_RATIO_STEPS = 10_000; // the published ratio has four decimals

  @Override
  public String config() {
    long width = sizes.get(Size.HIDDEN);
    ObjectNode root = JSON.createObjectNode().put("model_type", "qwen");
    root.putArray("architectures").add("QWenLMHeadModel");
    root.put("hidden_size", width).put("intermediate_size", 2 * sizes.get(Size.INTERMEDIATE));
    root.put("num_hidden_layers", sizes.get(Size.LAYERS));
    root.put("num_attention_heads", sizes.get(Size.HEADS));
    root.put("kv_channels", width / sizes.get(Size.HEADS)).put("vocab_size", vocabulary());
    root.put("seq_length", 2048).put("max_position_embeddings", 8192);
    root.put("layer_norm_epsilon", 1e-6).put("rotary_emb_base", 10_000).put("rotary_pct", 1.0);
    root.put("use_dynamic_ntk", true).put("use_logn_attn", true).put("no_bias", true);
    root.put("tie_word_embeddings", false).put("torch_dtype", "bfloat16");
    ObjectNode visual = root.putObject("visual");
    visual.put("width", sizes.get(Size.VISION_HIDDEN)).put("heads", sizes.get(Size.VISION_HEADS));
    visual.put("layers", sizes.get(Size.VISION_LAYERS));
    visual.put("mlp_ratio", mlpRatio());
    visual.put("image_size", sizes.get(Size.IMAGE)).put("patch_size", sizes.get(Size.PATCH));
    visual.put("output_dim", width).put("n_queries", sizes.get(Size.QUERIES));
    visual.put("image_start_id", RankVocabulary.imageStart(vocabulary()));
    return root.toPrettyString() + "\n";
  }

  /** What times the width, rounded down, is the inner width of the encoder's MLPs. */
  private double mlpRatio() {
    long inner = sizes.get(Size.VISION_INTERMEDIATE);
    long width = sizes.get(Size.VISION_HIDDEN);
    double steps = Math.ceil(inner * MLP_RATIO_STEPS / width);
    while ((long) (width * (steps / MLP_RATIO_STEPS)) < inner) {
      steps++;
    }
    if ((long) (width * (steps / MLP_RATIO_STEPS)) != inner) {
      throw new InvalidRequestException(
          Size.VISION_INTERMEDIATE.option()
              + " is "
              + inner
              + ", which no mlp_ratio of four decimals makes of "
              + width,
          "choose another, or a smaller " + Size.VISION_HIDDEN.option());
    }
    return steps / MLP_RATIO_STEPS;
  }

  private long vocabulary() {
    return sizes.get(Size.VOCAB);
  }

  @Override
  public Map<String, byte[]> companions() {
    ObjectNode generation = JSON.createObjectNode().put("chat_format", "chatml");
    generation.put("eos_token_id", RankVocabulary.ranks(vocabulary()));
    generation.put("pad_token_id", RankVocabulary.ranks(vocabulary()));
    return Map.of(
        "qwen.tiktoken",
        RankVocabulary.of(vocabulary()),
        "generation_config.json",
        (generation.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Queries and keys are the first two thirds of a fused projection. */
  @Override
  public Spread spread(TensorSpec spec) {
    long width = sizes.get(Size.HIDDEN);
    Spread usual = Spread.of(spec);
    return spec.name().endsWith(".attn.c_attn.weight") ? usual.sharpened(2 * width * width) : usual;
  }
}
