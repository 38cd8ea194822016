package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.grounding.Box;
import io.fovea.grounding.BoxGrammar;
import io.fovea.model.KvCache;
import io.fovea.sampling.Sampler;
import io.fovea.sampling.SamplingOptions;
import io.fovea.sampling.SamplingScratch;
import io.fovea.text.PromptTemplate;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns what callers ask into work, on their own threads; refuses what can never be served. */
final class Requests {
  private static final String CAPTION =
      "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]] for"
          + " each mentioned object?";

  private final LoadedModel model;
  private final ImageStore images;
  private final SamplingScratch scratch; // the engine thread's
  private @Nullable BoxGrammar grammar;

  Requests(LoadedModel model, ImageStore images) {
    this.model = model;
    this.images = images;
    scratch = new SamplingScratch(model.config().vocabSize());
  }

  GenerateWork chat(ChatRequest request, Consumer<TokenEvent.Token> listener) {
    requireNonNull(request, "request");
    int[] text = text(request);
    Prompt prompt = prompt(request.image() != null, text);
    GenerationOptions options = request.options();
    int room = model.info().contextTokens() - prompt.length();
    int maxNewTokens = Math.min(options.maxNewTokens(), room);
    requireCache(prompt.length(), maxNewTokens);
    Decoding decoding =
        new FreeDecoding(sampler(options.sampling()), model.endTokens(), prompt.ids());
    return new GenerateWork(
        model,
        new GenerateWork.Job(
            prompt,
            prompt.length(),
            maxNewTokens,
            claim(request.image()),
            decoding,
            new TextOutput(model.tokenizer(), options.stop()),
            "",
            listener),
        new Terms(options.deadline(), options.priority(), options.caller()));
  }

  /** A grounded caption. */
  static ChatRequest caption(EncodedImage image, GenerationOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    return ChatRequest.of(image, CAPTION).withTemplate(PromptTemplate.BASE).withOptions(options);
  }

  /** A short answer about a picture. */
  static ChatRequest ask(EncodedImage image, String question, GenerationOptions options) {
    requireNonNull(image, "image");
    requireNonNull(question, "question");
    requireNonNull(options, "options");
    return ChatRequest.of(image, question).withTemplate(PromptTemplate.VQA).withOptions(options);
  }

  /** A question for boxes. */
  static ChatRequest locate(EncodedImage image, String phrase, LocateOptions options) {
    requireNonNull(image, "image");
    requireNonNull(phrase, "phrase");
    requireNonNull(options, "options");
    if (phrase.isBlank()) {
      throw new InvalidRequestException("the phrase is empty", "say what to look for");
    }
    String canonical = "Where is " + phrase + "? answer in [[x0,y0,x1,y1]] format.";
    return ChatRequest.of(image, options.prompt() == null ? canonical : options.prompt())
        .withTemplate(PromptTemplate.BASE)
        .withOptions(
            GenerationOptions.defaults()
                .withMaxNewTokens(options.maxNewTokens())
                .withDeadline(options.deadline())
                .withPriority(options.priority())
                .withCaller(options.caller()));
  }

  /** The same, decoded under the box grammar. */
  GenerateWork constrainedLocate(EncodedImage image, String phrase, LocateOptions options) {
    int[] text = text(locate(image, phrase, options));
    BoxDecoding decoding =
        new BoxDecoding(grammar(), options.maxBoxes(), sampler(SamplingOptions.greedy()));
    Prompt prompt = prompt(true, concat(text, decoding.opening()));
    int promptTokens = prompt.length() - decoding.opening().length;
    int longest = longestAnswer(options.maxBoxes());
    if (promptTokens + longest > model.info().contextTokens()) {
      throw tooLong(promptTokens + longest, "with room for " + options.maxBoxes() + " boxes");
    }
    requireCache(promptTokens, longest);
    return new GenerateWork(
        model,
        new GenerateWork.Job(
            prompt,
            promptTokens,
            longest,
            claim(image),
            decoding,
            new TextOutput(model.tokenizer(), List.of()),
            phrase,
            token -> {}),
        new Terms(options.deadline(), options.priority(), options.caller()));
  }

  /** The prompt of a request to trace. */
  Prompt trace(ChatRequest request, boolean image, int maxNewTokens) {
    if (maxNewTokens < 0) {
      throw new InvalidRequestException(
          "maxNewTokens is " + maxNewTokens, "give zero or more tokens");
    }
    Prompt prompt = prompt(image, text(request));
    int slots = prompt.length() + maxNewTokens;
    if (slots > model.info().contextTokens()) {
      throw tooLong(slots, "with " + maxNewTokens + " new ones");
    }
    requireCache(prompt.length(), maxNewTokens);
    return prompt;
  }

  private int[] text(ChatRequest request) {
    PromptTemplate template =
        request.template() == null ? model.info().template() : request.template();
    return model.tokenizer().encode(template.render(request.query(), request.history()));
  }

  private Prompt prompt(boolean image, int[] text) {
    if (!image && model.config().cross() != null) {
      throw new InvalidRequestException(
          "this model (" + model.info().architecture() + ") answers only about a picture",
          "give an image with the question");
    }
    int length = 1 + (image ? model.config().imageTokens() : 0) + text.length;
    if (length >= model.info().contextTokens()) {
      throw tooLong(length, "before an answer");
    }
    return model.prompt(image, text);
  }

  private InvalidRequestException tooLong(int tokens, String what) {
    return new InvalidRequestException(
        "the prompt takes "
            + tokens
            + " tokens "
            + what
            + ", the context holds "
            + model.info().contextTokens(),
        "shorten the prompt or its history, or raise contextTokens");
  }

  private void requireCache(int promptTokens, int newTokens) {
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

  private Sampler sampler(SamplingOptions options) {
    return new Sampler(options, scratch);
  }

  private @Nullable EncodedImage claim(@Nullable EncodedImage image) {
    if (image != null) {
      image.retain(images);
    }
    return image;
  }

  private synchronized BoxGrammar grammar() {
    if (grammar == null) {
      grammar = new BoxGrammar(model.tokenizer()::encode);
    }
    return grammar;
  }

  /** Tokens of the longest answer of {@code boxes} boxes; all boxes take as many. */
  private int longestAnswer(int boxes) {
    String text =
        model.dialect().format(Collections.nCopies(boxes, new Box(0, 0, Box.MAX, Box.MAX)));
    return model.tokenizer().encode(text).length;
  }

  private static int[] concat(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
