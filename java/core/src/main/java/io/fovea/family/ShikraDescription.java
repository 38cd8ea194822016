package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.BoxNotation;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.TextGrammar;
import io.fovea.model.ModelSizes;
import io.fovea.model.shikra.ShikraConfig;
import io.fovea.model.shikra.ShikraModel;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.weights.Weights;
import java.nio.file.Path;
import java.util.List;

/**
 * A Shikra as its {@code config.json} describes it.
 *
 * @param encoder whether its weights have the encoder, which is published apart from them
 */
public record ShikraDescription(ModelFamily family, ShikraConfig config, boolean encoder)
    implements ModelDescription {
  // LLaMA's tokenizer; the model's config.json and generation_config.json have others, wrongly.
  private static final int BEGIN = 1;
  private static final int END = 2;
  private static final int PAD = 0;

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public TokenNeeds tokens() {
    return new TokenNeeds(
        TokenizerFormat.SENTENCE_PIECE,
        "the tokenizer.model and added_tokens.json of shikra-7b-delta-v1",
        BEGIN,
        List.of(END),
        PAD,
        /* firstFiller= */ null);
  }

  @Override
  public List<String> markup() {
    return List.of("<im_patch>", "<im_start>", "<im_end>");
  }

  @Override
  public boolean answersWithoutPicture() {
    return true;
  }

  /** Its form for conversation is Vicuna's, version 1.1. */
  @Override
  public PromptTemplate template() {
    return PromptTemplate.CHAT;
  }

  @Override
  public List<PromptPart> prompt(
      PromptTemplate template, int pictures, String query, List<Turn> history) {
    boolean picture = OnePicture.isThere(family, pictures, history);
    if (template != PromptTemplate.CHAT && template != PromptTemplate.BASE) {
      throw new InvalidRequestException(
          "Shikra has no prompt form '" + template.configName() + "'", "choose chat or base");
    }
    return ShikraPrompt.of(template == PromptTemplate.CHAT, picture, query, history);
  }

  @Override
  public Tasks tasks() {
    return new ShikraTasks();
  }

  @Override
  public GroundingDialect dialect() {
    return Dialects.named("shikra");
  }

  @Override
  public BoxGrammar grammar(Tokenizer tokenizer) {
    return new TextGrammar(BoxNotation.SHIKRA.behind("Answer: "), tokenizer::encode);
  }

  @Override
  public void requireRunnable(Path directory) {
    if (!encoder) {
      throw withoutEncoder(directory);
    }
  }

  /** What to say of weights without the encoder. */
  public static ModelLoadException withoutEncoder(Path path) {
    return new ModelLoadException(
        path,
        "model.vision_tower",
        "is not among the weights: Shikra's encoder is published apart, as"
            + " openai/clip-vit-large-patch14",
        "download that and put both together: ./fovea convert "
            + path
            + " --vision CLIP_DIR --out NEW_DIR; weights published as a delta need --base LLAMA_DIR"
            + " as well");
  }

  @Override
  public ShikraModel load(
      Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
    return ShikraModel.load(ops, weights, config, dtype, contextTokens, progress);
  }
}
