package io.fovea.family;

import io.fovea.ProgressListener;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.PatchGrammar;
import io.fovea.model.ModelSizes;
import io.fovea.model.kosmos2.Kosmos2Config;
import io.fovea.model.kosmos2.Kosmos2Model;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Kosmos-2 as its {@code config.json} describes it. */
public record Kosmos2Description(ModelFamily family, Kosmos2Config config)
    implements ModelDescription {
  /** Rows of a picture hold the ids from here on, which n-grams that may not come again count. */
  private static final int FIRST_FILLER = 4;

  /** N-grams that an answer may not repeat, the prompt's included. */
  private static final int NO_REPEAT = 3;

  /** What is read as a token with a role where a query is given as it is. */
  private static final Pattern TAG =
      Pattern.compile(
          "<grounding>|</?(?:phrase|object)>|</delimiter_of_multi_objects/>"
              + "|<patch_index_\\d{4}>|</(?:chunk|line|doc)>");

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public TokenNeeds tokens() {
    return new TokenNeeds(
        TokenizerFormat.UNIGRAM,
        "the tokenizer.json of kosmos-2-patch14-224",
        config.bosTokenId(),
        config.eosTokenIds(),
        config.padTokenId(),
        FIRST_FILLER);
  }

  @Override
  public int noRepeat() {
    return NO_REPEAT;
  }

  @Override
  public boolean answersWithoutPicture() {
    return true;
  }

  /** Its form for questions is CogVLM's for conversation. */
  @Override
  public PromptTemplate template() {
    return PromptTemplate.CHAT;
  }

  @Override
  public List<PromptPart> prompt(
      PromptTemplate template, int pictures, String query, List<Turn> history) {
    List<PromptPart> parts = new ArrayList<>();
    parts.add(new PromptPart.Begin());
    if (OnePicture.isThere(family, pictures, history)) {
      parts.add(new PromptPart.Token("<image>"));
      parts.add(new PromptPart.Picture(0));
      parts.add(new PromptPart.Token("</image>"));
    }
    String text = template.render(query, history);
    if (template == PromptTemplate.BASE) {
      addTagged(parts, text);
    } else {
      parts.add(new PromptPart.Text(text));
    }
    return parts;
  }

  private static void addTagged(List<PromptPart> parts, String text) {
    Matcher tag = TAG.matcher(text);
    int from = 0;
    while (tag.find()) {
      addText(parts, text.substring(from, tag.start()));
      parts.add(new PromptPart.Token(tag.group()));
      from = tag.end();
    }
    addText(parts, text.substring(from));
  }

  /** Blanks alone are no text: a tag swallows those before it. */
  private static void addText(List<PromptPart> parts, String text) {
    if (!text.isBlank()) {
      parts.add(new PromptPart.Text(text));
    }
  }

  @Override
  public Tasks tasks() {
    return new Kosmos2Tasks();
  }

  @Override
  public GroundingDialect dialect() {
    return Dialects.named("kosmos-2");
  }

  @Override
  public BoxGrammar grammar(Tokenizer tokenizer) {
    return PatchGrammar.of(tokenizer::id);
  }

  @Override
  public Kosmos2Model load(
      Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
    return Kosmos2Model.load(ops, weights, config, dtype, contextTokens, progress);
  }
}
