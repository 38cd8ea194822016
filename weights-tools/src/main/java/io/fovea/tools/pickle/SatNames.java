package io.fovea.tools.pickle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of SwissArmyTransformer's checkpoints, in which the family was trained, in those of the
 * Hugging Face releases. They follow from the modules of the published training code
 * (github.com/THUDM/CogVLM, github.com/THUDM/SwissArmyTransformer): a base transformer under {@code
 * transformer}, what CogVLM adds to it under {@code mixins}.
 */
final class SatNames {
  /** The one rotary table, which the Hugging Face releases repeat in each layer. */
  static final String FREQUENCIES = "mixins.rotary.rotary_emb.inv_freq";

  /** Each block refers to the encoder's rotary tables again; one copy is published. */
  private static final Pattern REPEATED =
      Pattern.compile("mixins\\.encoder\\.vit\\.model\\.blocks\\.\\d+\\.attn\\.rope\\..*");

  private record Rule(Pattern pattern, String replacement) {}

  private static final List<Rule> RULES = rules();

  private SatNames() {}

  /** {@code #} stands for a layer's number, {@code *} for any rest. */
  private static List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    String layer = "model.layers.$1.";
    String[][] pairs = {
      {"transformer.word_embeddings.*", "model.embed_tokens.$1"},
      {"transformer.final_layernorm.*", "model.norm.$1"},
      {"mixins.lm.lm_head.*", "lm_head.$1"},
      {
        "transformer.layers.#.attention.query_key_value.*",
        layer + "self_attn.language_expert_query_key_value.$2"
      },
      {"transformer.layers.#.attention.dense.*", layer + "self_attn.language_expert_dense.$2"},
      {"transformer.layers.#.mlp.dense_h_to_4h.*", layer + "mlp.language_mlp.up_proj.$2"},
      {"transformer.layers.#.mlp.dense_4h_to_h.*", layer + "mlp.language_mlp.down_proj.$2"},
      {"transformer.layers.#.input_layernorm.*", layer + "input_layernorm.$2"},
      {"transformer.layers.#.post_attention_layernorm.*", layer + "post_attention_layernorm.$2"},
      {
        "transformer.layers.#.post_cross_attention_layernorm.*",
        layer + "post_cross_attention_layernorm.$2"
      },
      {"transformer.layers.#.cross_attention.*", layer + "cross_attn.$2"},
      {"mixins.mlp.gate_proj.#.*", layer + "mlp.language_mlp.gate_proj.$2"},
      {"mixins.mlp.vision_gate_proj.#.*", layer + "mlp.vision_mlp.gate_proj.$2"},
      {"mixins.mlp.vision_dense_h_to_4h_list.#.*", layer + "mlp.vision_mlp.up_proj.$2"},
      {"mixins.mlp.vision_dense_4h_to_h_list.#.*", layer + "mlp.vision_mlp.down_proj.$2"},
      {
        "mixins.rotary.vision_query_key_value_list.#.*",
        layer + "self_attn.vision_expert_query_key_value.$2"
      },
      {"mixins.rotary.vision_dense_list.#.*", layer + "self_attn.vision_expert_dense.$2"},
      {"mixins.encoder.*", "model.cross_vision.$1"},
    };
    for (String[] pair : pairs) {
      rules.add(rule(pair[0], pair[1]));
    }
    addVision(rules);
    return List.copyOf(rules);
  }

  private static void addVision(List<Rule> rules) {
    String tower = "mixins.eva.vit_model.";
    String embedding = "model.vision.patch_embedding.";
    String layer = "model.vision.transformer.layers.$1.";
    String[][] pairs = {
      {tower + "transformer.word_embeddings.weight", embedding + "cls_embedding"},
      {tower + "transformer.position_embeddings.*", embedding + "position_embedding.$1"},
      {tower + "mixins.patch_embedding.proj.*", embedding + "proj.$1"},
      {tower + "transformer.layers.#.mlp.dense_h_to_4h.*", layer + "mlp.fc1.$2"},
      {tower + "transformer.layers.#.mlp.dense_4h_to_h.*", layer + "mlp.fc2.$2"},
      {tower + "transformer.layers.#.attention.*", layer + "attention.$2"},
      {tower + "transformer.layers.#.input_layernorm.*", layer + "input_layernorm.$2"},
      {
        tower + "transformer.layers.#.post_attention_layernorm.*",
        layer + "post_attention_layernorm.$2"
      },
      {"mixins.eva.linear_proj.*", "model.vision.linear_proj.$1"},
      {"mixins.eva.conv.*", "model.vision.conv.$1"},
      {"mixins.eva.boi", "model.vision.boi"},
      {"mixins.eva.eoi", "model.vision.eoi"},
      {"mixins.eva.pos_embed", "model.vision.pos_embed"},
    };
    for (String[] pair : pairs) {
      rules.add(rule(pair[0], pair[1]));
    }
  }

  private static Rule rule(String pattern, String replacement) {
    String regex =
        pattern.replace(".", "\\.").replace("#", "(0|[1-9]\\d{0,5})").replace("*", "(.+)");
    return new Rule(Pattern.compile(regex), replacement);
  }

  /** Whether the tensor is another's copy, not to be read. */
  static boolean isRepeated(String name) {
    return REPEATED.matcher(name).matches();
  }

  /** The Hugging Face name of a tensor; empty for one that no model of the family has. */
  static Optional<String> published(String name) {
    for (Rule rule : RULES) {
      Matcher matcher = rule.pattern().matcher(name);
      if (matcher.matches()) {
        return Optional.of(matcher.replaceFirst(rule.replacement()));
      }
    }
    return Optional.empty();
  }
}
