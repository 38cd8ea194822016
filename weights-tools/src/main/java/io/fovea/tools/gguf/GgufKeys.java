package io.fovea.tools.gguf;

/** The metadata keys of llama.cpp's CogVLM pair, and ours for what it has no place for. */
final class GgufKeys {
  static final String ARCHITECTURE = "general.architecture";
  static final String TYPE = "general.type";
  static final String NAME = "general.name";
  static final String FILE_TYPE = "general.file_type";
  static final String QUANTISATION_VERSION = "general.quantization_version";
  static final String SPLIT_COUNT = "split.count";

  /** {@link #ARCHITECTURE} of the language model. */
  static final String COGVLM = "cogvlm";

  /** {@link #ARCHITECTURE} of the encoder and adapter. */
  static final String CLIP = "clip";

  static final String VOCABULARY = "cogvlm.vocab_size";
  static final String CONTEXT = "cogvlm.context_length";
  static final String HIDDEN = "cogvlm.embedding_length";
  static final String LAYERS = "cogvlm.block_count";
  static final String INTERMEDIATE = "cogvlm.feed_forward_length";
  static final String HEADS = "cogvlm.attention.head_count";
  static final String KEY_HEADS = "cogvlm.attention.head_count_kv";
  static final String RMS_EPS = "cogvlm.attention.layer_norm_rms_epsilon";
  static final String ROTARY_SIZE = "cogvlm.rope.dimension_count";
  static final String ROTARY_BASE = "cogvlm.rope.freq_base";

  static final String HAS_VISION = "clip.has_vision_encoder";
  static final String PROJECTOR = "clip.projector_type";
  static final String USE_GELU = "clip.use_gelu";
  static final String VISION_IMAGE = "clip.vision.image_size";
  static final String VISION_PATCH = "clip.vision.patch_size";
  static final String VISION_HIDDEN = "clip.vision.embedding_length";
  static final String VISION_INTERMEDIATE = "clip.vision.feed_forward_length";
  static final String VISION_PROJECTION = "clip.vision.projection_dim";
  static final String VISION_LAYERS = "clip.vision.block_count";
  static final String VISION_HEADS = "clip.vision.attention.head_count";
  static final String VISION_EPS = "clip.vision.attention.layer_norm_epsilon";
  static final String VISION_MEAN = "clip.vision.image_mean";
  static final String VISION_STD = "clip.vision.image_std";

  static final String TOKENIZER = "tokenizer.ggml.model";
  static final String TOKENIZER_PRE = "tokenizer.ggml.pre";
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String SCORES = "tokenizer.ggml.scores";
  static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
  static final String BOS = "tokenizer.ggml.bos_token_id";
  static final String EOS = "tokenizer.ggml.eos_token_id";
  static final String UNKNOWN = "tokenizer.ggml.unknown_token_id";
  static final String PADDING = "tokenizer.ggml.padding_token_id";
  static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
  static final String ADD_EOS = "tokenizer.ggml.add_eos_token";
  static final String SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";
  static final String EXTRA_SPACES = "tokenizer.ggml.remove_extra_whitespaces";
  static final String CHARACTER_MAP = "tokenizer.ggml.precompiled_charsmap";

  /** The prompt form, config.json's {@code template_version}. */
  static final String TEMPLATE = "fovea.template_version";

  /** Rotary frequencies where the checkpoint stores them, float32. */
  static final String FREQUENCIES = "fovea.rotary_inv_freq";

  private GgufKeys() {}
}
