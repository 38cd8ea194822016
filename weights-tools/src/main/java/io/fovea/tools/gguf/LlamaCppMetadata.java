package io.fovea.tools.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.text.SentencePieceTokenizer;
import io.fovea.tools.gguf.GgufExport.Precision;
import io.fovea.tools.gguf.SentencePieceFile.Ids;
import io.fovea.tools.gguf.SentencePieceFile.Piece;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.weights.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The metadata that llama.cpp wants of a CogVLM v1, from config.json and tokenizer.model. */
final class LlamaCppMetadata {
  private static final String TOKENIZER = "tokenizer.model";
  private static final int QUANTISATION_VERSION = 2; // of ggml's block layouts

  /** What pictures are normalised with: CLIP's, for all models of the family. */
  private static final float[] IMAGE_MEAN = {0.48145467f, 0.4578275f, 0.40821072f};

  private static final float[] IMAGE_STD = {0.26862955f, 0.2613026f, 0.2757771f};

  private final Path file;
  private final SourceCheckpoint source;
  private final ModelSizes sizes;
  private final Precision precision;
  private final JsonNode config;

  /**
   * @param file what messages call config.json
   */
  LlamaCppMetadata(Path file, SourceCheckpoint source, ModelSizes sizes, Precision precision) {
    this.file = file;
    this.source = source;
    this.sizes = sizes;
    this.precision = precision;
    config = JsonFile.parse(file, source.config(), "fetch it again");
  }

  /** Header of the language model's file, without tensors. */
  GgufHeader model(String name, float[] frequencies) {
    GgufHeader header = general(name, GgufKeys.COGVLM, "model");
    header
        .uint32(GgufKeys.LAYERS, sizes.layers())
        .uint32(GgufKeys.CONTEXT, count(config, "max_position_embeddings"))
        .uint32(GgufKeys.HIDDEN, sizes.hidden())
        .uint32(GgufKeys.INTERMEDIATE, sizes.intermediate())
        .uint32(GgufKeys.HEADS, sizes.heads())
        .float32(GgufKeys.RMS_EPS, real(config, "rms_norm_eps"))
        .uint32(GgufKeys.ROTARY_SIZE, sizes.headSize())
        .uint32(GgufKeys.VOCABULARY, sizes.vocabulary())
        .text(GgufKeys.TEMPLATE, config.path("template_version").asText("chat"));
    if (frequencies.length > 0) {
      header.float32s(GgufKeys.FREQUENCIES, frequencies);
    }
    addTokenizer(header);
    return header;
  }

  /** Header of the file of encoder and adapter, without tensors. */
  GgufHeader projector(String name) {
    ModelSizes.Encoder vision = sizes.vision();
    return general(name, GgufKeys.CLIP, "mmproj")
        .flag(GgufKeys.HAS_VISION, true)
        .text(GgufKeys.PROJECTOR, "cogvlm")
        .uint32(GgufKeys.VISION_IMAGE, vision.image())
        .uint32(GgufKeys.VISION_PATCH, vision.patch())
        .uint32(GgufKeys.VISION_HIDDEN, vision.hidden())
        .uint32(GgufKeys.VISION_INTERMEDIATE, vision.intermediate())
        .uint32(GgufKeys.VISION_PROJECTION, sizes.hidden())
        .uint32(GgufKeys.VISION_LAYERS, vision.layers())
        .uint32(GgufKeys.VISION_HEADS, vision.heads())
        .float32(GgufKeys.VISION_EPS, real(config.path("vision_config"), "layer_norm_eps"))
        .float32s(GgufKeys.VISION_MEAN, IMAGE_MEAN)
        .float32s(GgufKeys.VISION_STD, IMAGE_STD)
        .flag(GgufKeys.USE_GELU, true); // without it llama.cpp takes the quick approximation
  }

  private GgufHeader general(String name, String architecture, String type) {
    return new GgufHeader()
        .text(GgufKeys.ARCHITECTURE, architecture)
        .text(GgufKeys.TYPE, type)
        .text(GgufKeys.NAME, name)
        .uint32(GgufKeys.FILE_TYPE, precision.fileType())
        .uint32(GgufKeys.QUANTISATION_VERSION, QUANTISATION_VERSION);
  }

  private void addTokenizer(GgufHeader header) {
    SentencePieceFile tokenizer = tokenizer();
    List<Piece> pieces = new ArrayList<>(tokenizer.pieces());
    while (pieces.size() < sizes.vocabulary()) {
      pieces.add(GgufTokenizer.filler(pieces.size()));
    }
    float[] scores = new float[pieces.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = pieces.get(i).score();
    }
    header
        .text(GgufKeys.TOKENIZER, "llama")
        .text(GgufKeys.TOKENIZER_PRE, "default")
        .texts(GgufKeys.TOKENS, pieces.stream().map(Piece::text).toList())
        .float32s(GgufKeys.SCORES, scores)
        .int32s(GgufKeys.TOKEN_TYPES, pieces.stream().map(Piece::type).toList())
        .uint32(GgufKeys.BOS, count(config, "bos_token_id"))
        .uint32(GgufKeys.EOS, count(config, "eos_token_id"))
        .uint32(GgufKeys.UNKNOWN, tokenizer.ids().unknown())
        .uint32(GgufKeys.PADDING, count(config, "pad_token_id"))
        .flag(GgufKeys.ADD_BOS, true)
        .flag(GgufKeys.ADD_EOS, false)
        .flag(GgufKeys.SPACE_PREFIX, tokenizer.dummyPrefix())
        .flag(GgufKeys.EXTRA_SPACES, tokenizer.trimSpaces());
    if (tokenizer.characterMap().content().hasRemaining()) {
      header.uint8s(GgufKeys.CHARACTER_MAP, tokenizer.characterMap().content());
    }
  }

  private SentencePieceFile tokenizer() {
    Path path = file.resolveSibling(TOKENIZER);
    byte[] content = source.companions().get(TOKENIZER);
    if (content == null) {
      throw new ModelLoadException(
          path,
          "file",
          "is missing",
          "put the tokenizer beside the weights; CogVLM v1 uses that of Vicuna 7B v1.5");
    }
    SentencePieceTokenizer checked = SentencePieceTokenizer.parse(path, content);
    if (checked.isUnigram()) {
      throw new ModelLoadException(
          path,
          "trainer_spec.model_type",
          "is unigram; GGUF files of this kind hold byte-pair models",
          "use the tokenizer this model was trained with");
    }
    if (checked.vocabularySize() > sizes.vocabulary()) {
      throw new ModelLoadException(
          path,
          "vocabulary",
          "has " + checked.vocabularySize() + " pieces, the model " + sizes.vocabulary() + " rows",
          "use the tokenizer this model was trained with");
    }
    Ids ids = new Ids(checked.unknown(), checked.bos(), checked.eos(), checked.pad());
    return SentencePieceFile.parse(content, ids);
  }

  private long count(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isInt() || value.intValue() < 0) {
      throw bad(key, value);
    }
    return value.intValue();
  }

  private float real(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isNumber()) {
      throw bad(key, value);
    }
    return value.floatValue();
  }

  private ModelLoadException bad(String key, JsonNode value) {
    return new ModelLoadException(
        file,
        key,
        value.isMissingNode() ? "is missing" : "is " + value,
        "use the config.json published with the weights");
  }
}
