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
import io.fovea.model.qwenvl.QwenVlConfig;
import io.fovea.model.qwenvl.QwenVlModel;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * A Qwen-VL as its {@code config.json} and {@code generation_config.json} describe it. The base
 * model and Qwen-VL-Chat have one architecture; the latter file tells them apart.
 *
 * @param generation that file, for messages
 * @param chatFormat how it is asked: {@link #CHAT_FORMAT} or {@link #RAW_FORMAT}
 * @param window tokens that the system message and the turns before a question stay below
 */
public record QwenVlDescription(
    ModelFamily family, QwenVlConfig config, Path generation, String chatFormat, int window)
    implements ModelDescription {
  /** Of Qwen-VL-Chat, and of models that do not say. */
  static final String CHAT_FORMAT = "chatml";

  /** Of the base model. */
  static final String RAW_FORMAT = "raw";

  private boolean chat() {
    return !chatFormat.equals(RAW_FORMAT);
  }

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public TokenNeeds tokens() {
    int end = config.endOfTextId();
    int start = end + 1;
    int messageEnd = end + 2;
    return new TokenNeeds(
        TokenizerFormat.TIKTOKEN,
        "the qwen.tiktoken of Qwen-VL",
        /* begin= */ null,
        chat() ? List.of(messageEnd, end, start) : List.of(end),
        config.imagePadId(),
        /* firstFiller= */ null,
        /* begins= */ false,
        Map.of("<img>", config.imageStartId()));
  }

  @Override
  public boolean answersWithoutPicture() {
    return true;
  }

  @Override
  public PromptTemplate template() {
    return switch (chatFormat) {
      case RAW_FORMAT -> PromptTemplate.BASE;
      case CHAT_FORMAT -> PromptTemplate.CHAT;
      default ->
          throw new ModelLoadException(
              generation,
              "chat_format",
              "is '" + chatFormat + "'",
              "Qwen-VL has raw and chatml: choose base or chat with --template or"
                  + " promptTemplate(...)");
    };
  }

  @Override
  public List<PromptPart> prompt(
      PromptTemplate template, int pictures, String query, List<Turn> history) {
    return switch (template) {
      case BASE -> QwenVlPrompt.raw(pictures + Turn.pictures(history), query);
      case CHAT -> QwenVlPrompt.chat(pictures, query, history);
      case VQA, INSTRUCTION ->
          throw new InvalidRequestException(
              "Qwen-VL has no prompt form '" + template.configName() + "'",
              "use base for raw text or chat for conversation");
    };
  }

  /** The latest turns that fit below {@link #window} tokens. */
  @Override
  public List<Turn> remembered(
      PromptTemplate template, List<Turn> history, ToIntFunction<List<PromptPart>> length) {
    if (template != PromptTemplate.CHAT) {
      return history;
    }
    int taken = length.applyAsInt(QwenVlPrompt.systemMessage());
    int from = history.size();
    while (from > 0) {
      taken += length.applyAsInt(QwenVlPrompt.oneTurn(history.get(from - 1)));
      if (taken >= window) {
        break;
      }
      from--;
    }
    return history.subList(from, history.size());
  }

  @Override
  public Tasks tasks() {
    return new QwenVlTasks(chat());
  }

  @Override
  public GroundingDialect dialect() {
    return Dialects.named("qwen-vl");
  }

  /** After a box there may come another, or the end of the message, or of the base model's text. */
  @Override
  public BoxGrammar grammar(Tokenizer tokenizer) {
    return new TextGrammar(BoxNotation.QWEN_VL, tokenizer::encode, tokens().end().get(0));
  }

  @Override
  public QwenVlModel load(
      Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
    return QwenVlModel.load(ops, weights, config, dtype, contextTokens, progress);
  }
}
