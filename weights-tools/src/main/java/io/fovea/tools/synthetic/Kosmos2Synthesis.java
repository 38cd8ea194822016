package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.tools.layout.TensorSpec;
import java.util.Map;

/** Kosmos-2. Where its published code scales activations, weights make up for it. */
record Kosmos2Synthesis(SizeTable sizes) implements SyntheticModel {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double EPSILON = 1e-5;

  @Override
  public String config() {
    ObjectNode root = JSON.createObjectNode().put("model_type", "kosmos-2");
    root.putArray("architectures").add("Kosmos2ForConditionalGeneration");
    root.put("latent_query_num", sizes.get(Size.QUERIES)).put("torch_dtype", "float32");
    ObjectNode text = root.putObject("text_config").put("model_type", "kosmos_2_text_model");
    text.put("vocab_size", sizes.get(Size.VOCAB)).put("max_position_embeddings", 2048);
    text.put("embed_dim", sizes.get(Size.HIDDEN)).put("ffn_dim", sizes.get(Size.INTERMEDIATE));
    text.put("layers", sizes.get(Size.LAYERS)).put("attention_heads", sizes.get(Size.HEADS));
    text.put("activation_function", "gelu").put("layer_norm_eps", EPSILON);
    text.put("scale_embedding", true).put("no_repeat_ngram_size", 3);
    text.put("bos_token_id", 0).put("pad_token_id", 1).put("eos_token_id", 2);
    ObjectNode vision = root.putObject("vision_config").put("model_type", "kosmos_2_vision_model");
    ClipConfigFile.add(vision, sizes, EPSILON);
    return root.toPrettyString() + "\n";
  }

  @Override
  public Map<String, byte[]> companions() {
    return Map.of("tokenizer.json", Kosmos2Vocabulary.of(sizes.get(Size.VOCAB)));
  }

  /**
   * Embeddings and rows of the picture are multiplied by √D before the first layer, so they have
   * 1/√D here, as the published initialisation has them. The picture's tokens reach the resampler
   * with length 1. The head is the embedding: a last norm whose gains have mean 0 gives the token
   * just read no better logit than others.
   */
  @Override
  public Spread spread(TensorSpec spec) {
    Spread usual = Spread.of(spec);
    double root = Math.sqrt(sizes.get(Size.HIDDEN));
    return switch (spec.name()) {
      case "text_model.model.embed_tokens.weight",
          "image_to_text_projection.x_attn.out_proj.weight",
          "image_to_text_projection.x_attn.out_proj.bias" ->
          usual.times(1 / root);
      case "image_to_text_projection.dense.weight" ->
          usual.times(Math.sqrt(sizes.get(Size.VISION_HIDDEN)));
      case "text_model.model.layer_norm.weight" -> new Spread(0, Spread.LOGITS);
      default ->
          spec.name().matches(".*\\.[qk]_proj\\.weight")
              ? usual.times(Spread.QUERY_KEY_GAIN)
              : usual;
    };
  }
}
