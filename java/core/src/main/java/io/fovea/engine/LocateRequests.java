package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.decoding.BoxDecoding;
import io.fovea.decoding.Decoding;
import io.fovea.decoding.YesNoDecoding;
import io.fovea.family.PresenceScale;
import io.fovea.family.Tasks;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.Frame;
import io.fovea.grounding.Region;
import io.fovea.model.Prompt;
import io.fovea.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Questions for boxes, and beside each of them whether there is anything to find. */
final class LocateRequests {
  private final LoadedModel model;
  private final Requests requests;
  private final IntConsumer fits;
  private @Nullable BoxGrammar grammar;

  /**
   * @param fits throws where so many phrases are too many
   */
  LocateRequests(LoadedModel model, Requests requests, IntConsumer fits) {
    this.model = model;
    this.requests = requests;
    this.fits = fits;
  }

  /** A phrase being located: the request for its boxes, and the question that comes along. */
  private record Search(
      String phrase,
      GenerateWork boxes,
      @Nullable GenerateWork question,
      @Nullable YesNoDecoding presence) {}

  /** Boxes of a phrase. */
  Asked<Grounding> locate(EncodedImage image, String phrase, LocateOptions options) {
    requireNonNull(phrase, "phrase");
    Asked<List<Grounding>> one = locate(image, List.of(phrase), options);
    return new Asked<>(one.works(), answers -> one.view().apply(answers).get(0));
  }

  /** Boxes of several phrases. */
  Asked<List<Grounding>> locate(EncodedImage image, List<String> phrases, LocateOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    requireNonNull(phrases, "phrases").forEach(each -> requireNonNull(each, "phrase"));
    List<String> all = List.copyOf(phrases);
    if (all.isEmpty()) {
      throw new InvalidRequestException("there is no phrase", "say what to look for");
    }
    fits.accept(all.size()); // before anything is split into tokens
    if (all.size() > 1 && options.prompt() != null) {
      throw new InvalidRequestException(
          "one prompt for " + all.size() + " phrases", "leave prompt out, or locate one by one");
    }
    List<Search> searches = new ArrayList<>();
    List<GenerateWork> works = new ArrayList<>(); // boxes and questions, in the order of answers
    try {
      for (String phrase : all) {
        searches.add(search(image, phrase, options, works));
      }
    } catch (RuntimeException e) {
      works.forEach(Work::release);
      throw e;
    }
    return new Asked<>(works, answers -> groundings(answers.iterator(), searches, image, options));
  }

  private Search search(
      EncodedImage image, String phrase, LocateOptions options, List<GenerateWork> works) {
    GenerateWork boxes = boxes(image, phrase, options);
    works.add(boxes);
    if (!asks(options)) {
      return new Search(phrase, boxes, null, null);
    }
    PresenceQuestion question =
        PresenceQuestion.of(model.description().tasks().presence(phrase), image, requests);
    YesNoDecoding decoding =
        new YesNoDecoding(
            question.yes(), question.no(), requests.sampler(SamplingOptions.greedy()));
    Prompt prompt = requests.plan(question.prompt());
    requests.requireCache(prompt.length(), 1);
    GenerateWork presence =
        work(prompt, 1, image, decoding, phrase, /* alongside= */ true, options.terms());
    works.add(presence);
    SharedEnd end = new SharedEnd(boxes, 2);
    boxes.share(end);
    presence.share(end);
    return new Search(phrase, boxes, presence, decoding);
  }

  private boolean asks(LocateOptions options) {
    return switch (options.presence()) {
      case REQUIRE -> model.presence() != null || options.leastPresence() != null;
      case REPORT -> true;
      case SKIP -> false;
    };
  }

  private List<Grounding> groundings(
      Iterator<Answer> answers, List<Search> searches, EncodedImage image, LocateOptions options) {
    List<Grounding> groundings = new ArrayList<>();
    for (Search search : searches) {
      Answer boxes = answers.next();
      Answer question = search.question() == null ? null : answers.next();
      groundings.add(grounding(search, boxes, question, image, options));
    }
    return groundings;
  }

  private Grounding grounding(
      Search search,
      Answer boxes,
      @Nullable Answer question,
      EncodedImage image,
      LocateOptions options) {
    Grounding.Builder grounding =
        Grounding.builder().imageSize(image.size()).finish(boxes.finish()).timings(boxes.timings());
    boolean absent = false;
    Usage usage = boxes.usage();
    if (question != null) {
      PresenceScale scale = Objects.requireNonNullElse(model.presence(), PresenceScale.RAW);
      double presence = scale.presence(requireNonNull(search.presence()).logOdds());
      absent = isAbsent(presence, scale, options);
      grounding.presence(presence).absent(absent);
      usage = usage.plus(question.usage());
    }
    boolean leaveOut = absent && options.presence() == PresenceCheck.REQUIRE;
    List<Region> regions =
        boxes.regions().stream()
            .limit(leaveOut ? 0 : options.maxBoxes())
            .map(each -> each.phrase().isEmpty() ? each.withPhrase(search.phrase()) : each)
            .toList();
    String text = leaveOut ? "" : boxes.text(); // what is said nowhere else must not be said here
    return grounding.text(text).regions(regions).usage(usage).build();
  }

  private static boolean isAbsent(double presence, PresenceScale scale, LocateOptions options) {
    Double least = options.leastPresence();
    return !(presence >= (least == null ? scale.least() : least));
  }

  private GenerateWork boxes(EncodedImage image, String phrase, LocateOptions options) {
    if (phrase.isBlank()) {
      throw new InvalidRequestException("the phrase is empty", "say what to look for");
    }
    String prompt = options.prompt();
    Tasks.Task task = model.description().tasks().locate(phrase);
    ChatRequest request =
        ChatRequest.about(image, prompt == null ? task.query() : prompt)
            .template(task.template())
            .options(
                GenerationOptions.builder()
                    .maxNewTokens(options.maxNewTokens())
                    .deadline(options.deadline())
                    .priority(options.priority())
                    .caller(options.caller())
                    .build())
            .build();
    return options.constrained()
        ? constrained(request, image, task.beginning(), phrase, options.maxBoxes())
        : requests.answer(RequestKind.LOCATE, request, token -> {});
  }

  /** The same, decoded under the box grammar. */
  private GenerateWork constrained(
      ChatRequest request, EncodedImage image, String beginning, String phrase, int maxBoxes) {
    int[] first = beginning.isEmpty() ? new int[0] : model.tokenizer().encode(beginning);
    BoxDecoding decoding =
        new BoxDecoding(
            first,
            grammar().start(maxBoxes, Frame.of(image.size())),
            requests.sampler(SamplingOptions.greedy()));
    Prompt prompt =
        requests.plan(requests.tokens(request, /* pictures= */ 1).words(decoding.opening()));
    int begun = prompt.length() - decoding.opening().length;
    int longest = first.length + grammar().longest(maxBoxes);
    if (begun + longest > model.info().contextTokens()) {
      throw requests.tooLong(begun + longest, "with room for " + maxBoxes + " boxes");
    }
    requests.requireCache(begun, longest);
    Terms terms = request.options().terms();
    return work(prompt, longest, image, decoding, phrase, /* alongside= */ false, terms);
  }

  /**
   * What is decoded in a form of its own.
   *
   * @param prompt ends with the decoding's opening
   * @param longest most tokens of the answer, its opening included
   */
  private GenerateWork work(
      Prompt prompt,
      int longest,
      EncodedImage image,
      Decoding decoding,
      String phrase,
      boolean alongside,
      Terms terms) {
    return new GenerateWork(
        model,
        new GenerateWork.Job(
            prompt,
            prompt.tokens() - decoding.opening().length,
            longest,
            requests.claim(List.of(image)),
            decoding,
            new TextOutput(model.tokenizer(), List.of()),
            phrase,
            null,
            alongside,
            token -> {}),
        RequestKind.LOCATE,
        terms);
  }

  private synchronized BoxGrammar grammar() {
    if (grammar == null) {
      grammar = model.description().grammar(model.tokenizer());
    }
    return grammar;
  }
}
