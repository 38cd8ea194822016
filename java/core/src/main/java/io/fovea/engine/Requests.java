package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.decoding.Decoding;
import io.fovea.decoding.FreeDecoding;
import io.fovea.decoding.Sampler;
import io.fovea.decoding.SamplingScratch;
import io.fovea.family.PromptPart;
import io.fovea.family.Tasks;
import io.fovea.grounding.Frame;
import io.fovea.model.KvCache;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.prompt.PromptTemplate;
import io.fovea.sampling.SamplingOptions;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** Turns what callers ask into work, on their own threads; refuses what can never be served. */
final class Requests {
  /** Seeds made here: whole numbers that JSON keeps, too. */
  private static final long SEEDS = 1L << 53;

  private final LoadedModel model;
  private final ImageStore images;
  private final SamplingScratch scratch; // the engine thread's

  Requests(LoadedModel model, ImageStore images) {
    this.model = model;
    this.images = images;
    scratch = new SamplingScratch(model.sizes().vocabSize());
  }

  /** An answer. */
  Asked<Answer> chat(ChatRequest request) {
    return new Asked<>(List.of(chat(request, token -> {})), answers -> answers.get(0));
  }

  /**
   * The work of an answer.
   *
   * @param listener told of each token, on the engine's thread
   */
  GenerateWork chat(ChatRequest request, Consumer<TokenEvent.Token> listener) {
    return answer(RequestKind.CHAT, request, listener);
  }

  /** The same for a request of any kind that is answered freely. */
  GenerateWork answer(RequestKind kind, ChatRequest request, Consumer<TokenEvent.Token> listener) {
    requireNonNull(request, "request");
    Prompt prompt = prompt(request);
    GenerationOptions options = request.options();
    int room = model.info().contextTokens() - prompt.length();
    int maxNewTokens = Math.min(options.maxNewTokens(), room);
    requireCache(prompt.length(), maxNewTokens);
    SamplingOptions sampling = seeded(options.sampling());
    Decoding decoding =
        new FreeDecoding(
            sampler(sampling), model.endTokens(), prompt.ids(), model.description().noRepeat());
    return new GenerateWork(
        model,
        new GenerateWork.Job(
            prompt,
            prompt.tokens(),
            maxNewTokens,
            claim(request.images()),
            decoding,
            new TextOutput(model.tokenizer(), options.stop()),
            "",
            sampling.isGreedy() ? null : sampling.seed(),
            /* alongside= */ false,
            listener),
        kind,
        options.terms());
  }

  /** A grounded caption. */
  Asked<Caption> caption(EncodedImage image, GenerationOptions options) {
    return new Asked<>(
        List.of(answer(RequestKind.CAPTION, description(image, options), token -> {})),
        answers -> caption(answers.get(0), Frame.of(image.size())));
  }

  private Caption caption(Answer answer, Frame frame) {
    return Caption.of(answer, model.description().dialect().parse(answer.text(), frame));
  }

  /** What asks for a description with boxes. */
  ChatRequest description(EncodedImage image, GenerationOptions options) {
    requireNonNull(options, "options");
    Tasks.Task task = model.description().tasks().describe();
    return ChatRequest.about(image, task.query())
        .template(task.template())
        .options(options)
        .build();
  }

  /** What is to be answered shortly. */
  ChatRequest question(List<EncodedImage> images, String question, GenerationOptions options) {
    return question(ChatRequest.about(images, ""), question, options);
  }

  /** The same without a picture. */
  ChatRequest questionTextOnly(String question, GenerationOptions options) {
    return question(ChatRequest.textOnly(""), question, options);
  }

  private ChatRequest question(
      ChatRequest.Builder request, String question, GenerationOptions options) {
    requireNonNull(question, "question");
    requireNonNull(options, "options");
    if (question.isBlank()) {
      throw new InvalidRequestException("the question is empty", "say what to ask");
    }
    Tasks.Task task = model.description().tasks().ask(question);
    return request.query(task.query()).template(task.template()).options(options).build();
  }

  /**
   * The prompt of a request to trace.
   *
   * @param pictures how many it is about
   */
  Prompt trace(ChatRequest request, int pictures, int maxNewTokens) {
    if (maxNewTokens < 0) {
      throw new InvalidRequestException(
          "maxNewTokens is " + maxNewTokens, "give zero or more tokens");
    }
    Prompt prompt = plan(tokens(request, pictures));
    int slots = prompt.length() + maxNewTokens;
    if (slots > model.info().contextTokens()) {
      throw tooLong(slots, "with " + maxNewTokens + " new ones");
    }
    requireCache(prompt.length(), maxNewTokens);
    return prompt;
  }

  private Prompt prompt(ChatRequest request) {
    return plan(tokens(request, request.images().size()));
  }

  /**
   * The tokens of what a caller asks.
   *
   * @param pictures how many it is about
   * @param more of the prompt, behind the question
   */
  PromptTokens tokens(ChatRequest request, int pictures, PromptPart... more) {
    if (pictures == 0 && !model.description().answersWithoutPicture()) {
      throw new InvalidRequestException(
          "this model (" + model.info().architecture() + ") answers only about a picture",
          "give an image with the question");
    }
    PromptTemplate template =
        request.template() == null ? model.info().template() : request.template();
    return model.prompt(
        template, pictures, request.newImages(), request.query(), request.history(), more);
  }

  /** The prompt, where there is room for an answer. */
  Prompt plan(PromptTokens tokens) {
    int target = tokens.length() - tokens.source();
    if (target >= model.info().contextTokens()) {
      throw tooLong(target, "before an answer");
    }
    int most = model.sizes().sourceTokens();
    if (tokens.source() > most) {
      throw new InvalidRequestException(
          "the prompt takes " + tokens.source() + " tokens, the model's encoder reads " + most,
          "shorten the prompt");
    }
    return model.model().plan(tokens);
  }

  InvalidRequestException tooLong(int tokens, String what) {
    return new InvalidRequestException(
        "the prompt takes "
            + tokens
            + " tokens "
            + what
            + ", the context holds "
            + model.info().contextTokens(),
        "shorten the prompt or its history, or raise contextTokens");
  }

  void requireCache(int promptTokens, int newTokens) {
    if (KvCache.pagesFor(promptTokens + newTokens) > model.cache().pages()) {
      throw new InvalidRequestException(
          promptTokens
              + " prompt tokens and "
              + newTokens
              + " new ones can never fit the KV cache of "
              + model.info().kvCacheTokens()
              + " tokens",
          "lower maxNewTokens, shorten the prompt, or raise kvCacheTokens");
    }
  }

  /** The options with a seed, where draws need one. */
  private static SamplingOptions seeded(SamplingOptions options) {
    return options.isGreedy() || options.seed() != null
        ? options
        : options.toBuilder().seed(ThreadLocalRandom.current().nextLong(SEEDS)).build();
  }

  Sampler sampler(SamplingOptions options) {
    return new Sampler(options, scratch);
  }

  /** Has them stay until each is released again: all or none. */
  List<EncodedImage> claim(List<EncodedImage> asked) {
    for (int i = 0; i < asked.size(); i++) {
      try {
        asked.get(i).retain(images);
      } catch (RuntimeException e) {
        asked.subList(0, i).forEach(image -> image.claim().release());
        throw e;
      }
    }
    return asked;
  }
}
