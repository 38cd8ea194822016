package io.fovea.tools.gguf;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What llama.cpp calls the tensors of CogVLM v1. Maps run from the name in the published model to
 * the name in the GGUF file, in the order in which files hold them.
 */
final class GgufNames {
  /** Stands for {@link #EMBEDDING} where a file has no output projection. */
  static final String OUTPUT = "output.weight";

  static final String EMBEDDING = "token_embd.weight";
  static final String POSITIONS = "v.position_embd.weight";
  static final String PATCHES = "v.patch_embd.weight";

  /** Factors on rotary frequencies that some files carry; of no meaning for CogVLM. */
  static final String ROTARY_FACTORS = "rope_freqs.weight";

  private static final String LAYER = "model.layers.%d.";
  private static final String ENCODER_LAYER = "model.vision.transformer.layers.%d.";

  private GgufNames() {}

  /** Name of a rotary frequency table, which llama.cpp does not store. */
  static String frequencies(int layer) {
    return LAYER.formatted(layer) + "self_attn.rotary_emb.inv_freq";
  }

  /** The language model, both experts. */
  static Map<String, String> language(int layers) {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("model.embed_tokens.weight", EMBEDDING);
    for (int i = 0; i < layers; i++) {
      String from = LAYER.formatted(i);
      String to = "blk.%d.".formatted(i);
      names.put(from + "input_layernorm.weight", to + "attn_norm.weight");
      names.put(from + "post_attention_layernorm.weight", to + "ffn_norm.weight");
      expert(names, from, "language", to, "attn_", "ffn_");
      expert(names, from, "vision", to, "vis_attn_", "vis_");
    }
    names.put("model.norm.weight", "output_norm.weight");
    names.put("lm_head.weight", OUTPUT);
    return names;
  }

  private static void expert(
      Map<String, String> names, String from, String expert, String to, String attn, String mlp) {
    String attention = from + "self_attn." + expert + "_expert_";
    names.put(attention + "query_key_value.weight", to + attn + "qkv.weight");
    names.put(attention + "dense.weight", to + attn + "output.weight");
    for (String part : new String[] {"gate", "up", "down"}) {
      names.put(
          from + "mlp." + expert + "_mlp." + part + "_proj.weight", to + mlp + part + ".weight");
    }
  }

  /** The image encoder and the adapter. */
  static Map<String, String> vision(int layers) {
    Map<String, String> names = new LinkedHashMap<>();
    String embedding = "model.vision.patch_embedding.";
    names.put(embedding + "cls_embedding", "v.class_embd");
    names.put(embedding + "proj.weight", PATCHES);
    names.put(embedding + "proj.bias", "v.patch_embd.bias");
    names.put(embedding + "position_embedding.weight", POSITIONS);
    for (int i = 0; i < layers; i++) {
      String from = ENCODER_LAYER.formatted(i);
      String to = "v.blk.%d.".formatted(i);
      both(names, from + "attention.query_key_value", to + "attn_qkv");
      both(names, from + "attention.dense", to + "attn_out");
      both(names, from + "input_layernorm", to + "ln1");
      both(names, from + "mlp.fc1", to + "ffn_up");
      both(names, from + "mlp.fc2", to + "ffn_down");
      both(names, from + "post_attention_layernorm", to + "ln2");
    }
    String adapter = "model.vision.linear_proj.";
    names.put(adapter + "linear_proj.weight", "mm.model.fc.weight");
    both(names, adapter + "norm1", "mm.post_fc_norm");
    names.put(adapter + "dense_h_to_4h.weight", "mm.up.weight");
    names.put(adapter + "gate_proj.weight", "mm.gate.weight");
    names.put(adapter + "dense_4h_to_h.weight", "mm.down.weight");
    names.put("model.vision.boi", "v.boi");
    names.put("model.vision.eoi", "v.eoi");
    return names;
  }

  private static void both(Map<String, String> names, String from, String to) {
    names.put(from + ".weight", to + ".weight");
    names.put(from + ".bias", to + ".bias");
  }
}
