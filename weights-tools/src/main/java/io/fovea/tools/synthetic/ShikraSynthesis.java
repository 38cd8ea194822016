package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Shikra, its encoder among its weights. */
record ShikraSynthesis(SizeTable sizes) implements SyntheticModel {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Around a picture and in its rows: the last ids. */
  private static final List<String> ADDED = List.of("<im_patch>", "<im_start>", "<im_end>");

  private static final int ROLES = 3;
  private static final double CLIP_EPSILON = 1e-5;

  @Override
  public String config() {
    ObjectNode root = JSON.createObjectNode().put("model_type", "shikra");
    root.putArray("architectures").add("ShikraLlamaForCausalLM");
    root.put("hidden_size", sizes.get(Size.HIDDEN));
    root.put("intermediate_size", sizes.get(Size.INTERMEDIATE));
    root.put("num_hidden_layers", sizes.get(Size.LAYERS));
    root.put("num_attention_heads", sizes.get(Size.HEADS));
    root.put("vocab_size", sizes.get(Size.VOCAB)).put("max_position_embeddings", 2048);
    root.put("rms_norm_eps", 1e-6).put("hidden_act", "silu").put("torch_dtype", "bfloat16");
    // Of another tokenizer, as in the published file; nobody reads them.
    root.put("bos_token_id", 0).put("eos_token_id", 1).put("pad_token_id", -1);
    root.put("use_mm_proj", true).put("mm_hidden_size", sizes.get(Size.VISION_HIDDEN));
    root.put("mm_vision_tower", "openai/clip-vit-large-patch14");
    root.put("mm_vision_select_layer", -2);
    ClipConfigFile.add(root.putObject("vision_config"), sizes, CLIP_EPSILON);
    return root.toPrettyString() + "\n";
  }

  @Override
  public Map<String, byte[]> companions() {
    long first = sizes.get(Size.VOCAB) - ADDED.size();
    MadeUpWords.requireRoom(sizes.get(Size.VOCAB), first - ROLES, MadeUpWords.BYTES, "bytes");
    ObjectNode added = JSON.createObjectNode();
    ADDED.forEach(token -> added.put(token, first + added.size()));
    return Map.of(
        "tokenizer.model",
        SentencePieceVocabulary.of(first),
        "added_tokens.json",
        added.toPrettyString().getBytes(StandardCharsets.UTF_8));
  }

  /** Without stored frequencies, which nobody reads. */
  @Override
  public boolean has(TensorSpec spec) {
    return spec.part() != Part.ROTARY;
  }

  @Override
  public Spread spread(TensorSpec spec) {
    Spread usual = Spread.of(spec);
    return spec.name().matches(".*\\.[qk]_proj\\.weight")
        ? usual.times(Spread.QUERY_KEY_GAIN)
        : usual;
  }
}
