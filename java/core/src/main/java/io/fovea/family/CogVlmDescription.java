package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.BoxNotation;
import io.fovea.grounding.CogAgentDialect;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.TextGrammar;
import io.fovea.model.ModelSizes;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmModel;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A CogVLM or CogAgent as its {@code config.json} describes it.
 *
 * @param file that was read, for messages
 */
public record CogVlmDescription(ModelFamily family, Path file, CogVlmConfig config)
    implements ModelDescription {

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public TokenNeeds tokens() {
    boolean pieces = !config.variant().secondGeneration();
    return new TokenNeeds(
        pieces ? TokenizerFormat.SENTENCE_PIECE : TokenizerFormat.BYTE_LEVEL,
        pieces ? "the tokenizer.model of Vicuna 7B v1.5" : "the tokenizer.json of Llama 3",
        config.bosTokenId(),
        config.eosTokenIds(),
        config.padTokenId(),
        /* firstFiller= */ null);
  }

  /** CogAgent's cross-attention has nothing to attend to without a picture. */
  @Override
  public boolean answersWithoutPicture() {
    return config.cross() == null;
  }

  @Override
  public PromptTemplate template() {
    String name = config.templateVersion();
    try {
      return config.variant() == CogVlmVariant.COGAGENT
          ? PromptTemplate.fromCogAgentName(name)
          : PromptTemplate.fromName(name);
    } catch (InvalidRequestException e) {
      throw new ModelLoadException(
          file,
          "template_version",
          "is '" + name + "'",
          "none of "
              + PromptTemplate.names()
              + ": choose a form with --template or promptTemplate(...)",
          e);
    }
  }

  @Override
  public List<PromptPart> prompt(
      PromptTemplate template, int pictures, String query, List<Turn> history) {
    List<PromptPart> parts = new ArrayList<>();
    parts.add(new PromptPart.Begin());
    if (OnePicture.isThere(family, pictures, history)) {
      parts.add(new PromptPart.Picture(0));
    }
    parts.add(new PromptPart.Text(template.render(query, history)));
    return parts;
  }

  @Override
  public Tasks tasks() {
    return new CogVlmTasks();
  }

  @Override
  public GroundingDialect dialect() {
    return config.variant() == CogVlmVariant.COGAGENT ? new CogAgentDialect() : new CogVlmDialect();
  }

  @Override
  public BoxGrammar grammar(Tokenizer tokenizer) {
    return new TextGrammar(BoxNotation.COGVLM, tokenizer::encode);
  }

  @Override
  public void requireRunnable(Path directory) {
    if (!config.variant().hasVisionExperts()) {
      throw new UnsupportedModelException(
          directory + " holds " + family.displayName(),
          "its weights can be converted, but its frames need a prompt form that is not there yet");
    }
  }

  @Override
  public CogVlmModel load(
      Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
    return CogVlmModel.load(ops, weights, config, dtype, contextTokens, progress);
  }
}
