package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import io.fovea.InvalidRequestException;
import io.fovea.grounding.Region;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model that answers questions about pictures. Safe for any number of threads: requests of
 * all callers share the forward steps of one engine thread, and each gets the tokens it would get
 * alone.
 *
 * <p>Calls wait for their result. Interrupting the waiting thread, a deadline, or {@link #close}
 * ends a request within one step. Failures are {@link io.fovea.FoveaException}s; any call after
 * {@link #close} is an {@link IllegalStateException}.
 */
public final class FoveaEngine implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;

  private final LoadedModel model;
  private final ImageDecoder decoder;
  private final Requests requests;
  private final WorkQueue queue;
  private final ImageStore images;
  private final Scheduler scheduler;
  private final Thread thread;
  private final int stepRows;
  private final Duration queueWait;

  private FoveaEngine(LoadedModel model, EngineOptions options) {
    this.model = model;
    decoder = options.decoder();
    queue = new WorkQueue(options.queueCapacity());
    images = new ImageStore(queue::wake);
    requests = new Requests(model, images);
    FairShare fair = new FairShare(options.callerWeights());
    scheduler =
        new Scheduler(
            model,
            queue,
            images,
            fair,
            new StepComposer(model.cache(), fair, options.maxBatch(), options.stepRows()),
            options.maxRunning());
    thread = new Thread(scheduler, "fovea-engine");
    thread.setDaemon(true);
    stepRows = options.stepRows();
    queueWait = options.queueWait();
  }

  /** Loads the model and starts the engine thread. */
  static FoveaEngine start(EngineOptions options) {
    FoveaEngine engine = new FoveaEngine(ModelLoader.load(options), options);
    engine.thread.start();
    return engine;
  }

  /** Options of an engine to be. */
  public static EngineBuilder builder() {
    return new EngineBuilder();
  }

  /**
   * Decodes and encodes a picture, once for all questions about it.
   *
   * @throws io.fovea.ImageException where the picture cannot be read
   */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the clean-up
  public EncodedImage encode(ImageInput input) {
    requireOpen();
    EncodeWork work = new EncodeWork(model, images, decoder.decode(input));
    offer(work, queueWait);
    try {
      return Results.await(work, work.result(), () -> "");
    } catch (GenerationCancelledException e) {
      work.result().thenAccept(EncodedImage::close); // where it was finished all the same
      throw e;
    }
  }

  /** Where {@code phrase} is: at most 8 boxes, always well formed, each with its confidence. */
  public Grounding locate(EncodedImage image, String phrase) {
    return locate(image, phrase, LocateOptions.defaults());
  }

  /** Where {@code phrase} is. */
  public Grounding locate(EncodedImage image, String phrase, LocateOptions options) {
    requireOpen();
    Answer answer =
        options.constrained()
            ? submit(requests.constrainedLocate(image, phrase, options))
            : chat(Requests.locate(image, phrase, options));
    List<Region> regions =
        answer.regions().stream()
            .limit(options.maxBoxes())
            .map(region -> region.phrase().isEmpty() ? region.withPhrase(phrase) : region)
            .toList();
    return new Grounding(answer.text(), regions, answer.usage(), answer.timings());
  }

  /** A description with boxes for what it names. */
  public Caption caption(EncodedImage image) {
    return caption(image, GenerationOptions.defaults());
  }

  /** A description with boxes for what it names. */
  public Caption caption(EncodedImage image, GenerationOptions options) {
    return Caption.of(chat(Requests.caption(image, options)));
  }

  /** A short answer to a question about a picture. */
  public Answer ask(EncodedImage image, String question) {
    return ask(image, question, GenerationOptions.defaults());
  }

  /** A short answer to a question about a picture. */
  public Answer ask(EncodedImage image, String question, GenerationOptions options) {
    return chat(Requests.ask(image, question, options));
  }

  /**
   * The answer to a request.
   *
   * @throws InvalidRequestException where it can never be served, such as a prompt too long
   * @throws io.fovea.RequestRejectedException where the queue is full
   * @throws io.fovea.DeadlineExceededException where the deadline passed first
   * @throws io.fovea.GenerationCancelledException where the thread was interrupted
   */
  public Answer chat(ChatRequest request) {
    requireOpen();
    return submit(requests.chat(request, token -> {}));
  }

  private Answer submit(GenerateWork work) {
    offer(work, queueWait);
    return Results.whole(Results.await(work, work.result(), work::textSoFar));
  }

  /** Hands over, or gives back what the work holds. */
  private void offer(Work work, Duration patience) {
    try {
      queue.offer(work, patience);
    } catch (InterruptedException e) {
      work.release();
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException("interrupted while the queue was full", "");
    } catch (RuntimeException e) {
      work.release();
      throw e;
    }
  }

  /** The answer to a request, token by token. */
  public TokenStream stream(ChatRequest request) {
    requireOpen();
    TokenStream stream = new TokenStream();
    GenerateWork work = requests.chat(request, stream::accept);
    stream.follow(work);
    offer(work, queueWait);
    return stream;
  }

  /**
   * The answer to a request, later. Cancelling the future ends the work. Dependents run on the
   * common pool, never on the engine's thread.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // what is returned is completed by them
  public CompletableFuture<Answer> chatAsync(ChatRequest request) {
    requireOpen();
    GenerateWork work = requests.chat(request, token -> {});
    CompletableFuture<Answer> future = new CompletableFuture<>();
    work.result()
        .thenApply(Results::whole)
        .whenCompleteAsync(
            (answer, error) -> {
              if (error == null) {
                future.complete(answer);
              } else {
                Throwable cause = error.getCause() == null ? error : error.getCause();
                future.completeExceptionally(cause);
              }
            });
    future.whenComplete(
        (answer, error) -> {
          if (future.isCancelled()) {
            work.cancel();
          }
        });
    offer(work, Duration.ZERO);
    return future;
  }

  /**
   * Runs one request and writes every named intermediate to a safetensors file, for comparing with
   * the reference: {@code pixel_values}, {@code vision.*}, {@code language.*} and {@code logits} as
   * f32, {@code input_ids}, {@code token_type_ids}, {@code position_ids} and, where {@code
   * maxNewTokens} is not 0, the greedy {@code generated_ids}. The whole prompt runs in one step and
   * everything is held in memory until it is written.
   *
   * @param image the request's picture, or null; {@code request.image()} must be null
   */
  public TraceResult trace(
      @Nullable ImageInput image, ChatRequest request, int maxNewTokens, Path out) {
    requireOpen();
    if (request.image() != null) {
      throw new InvalidRequestException(
          "an encoded image cannot be traced", "pass the picture itself");
    }
    Prompt prompt = requests.trace(request, image != null, maxNewTokens);
    RgbImage picture = image == null ? null : decoder.decode(image);
    TraceWork work = new TraceWork(model, picture, prompt, maxNewTokens, out);
    offer(work, queueWait);
    return Results.await(work, work.result(), () -> "");
  }

  /**
   * Where the time of a request goes: runs it several times and times every op. Other requests wait
   * until it is done.
   *
   * @throws InvalidRequestException where prompt and tokens do not fit the context or the cache
   */
  public Profile profile(ImageInput image, String question, ProfileOptions options) {
    requireOpen();
    Prompt prompt = requests.trace(ChatRequest.of(question), /* image= */ true, options.tokens());
    ProfiledRequest request =
        new ProfiledRequest(model, decoder.decode(image), prompt, options.tokens(), stepRows);
    ProfileWork work = new ProfileWork(request, options);
    offer(work, queueWait);
    return Results.await(work, work.result(), () -> "");
  }

  /** What was loaded. */
  public ModelInfo model() {
    requireOpen();
    return model.info();
  }

  /** What the engine is doing, as of its last step. */
  public EngineStats stats() {
    requireOpen();
    return scheduler.stats();
  }

  /** The device in use, and why. */
  public DeviceReport device() {
    requireOpen();
    return model.device();
  }

  private void requireOpen() {
    queue.requireOpen();
  }

  /**
   * Ends all requests, frees all memory and waits until the engine's thread is gone, ten seconds at
   * most; a step that lasts longer frees everything when it ends. Closing twice is harmless.
   */
  @Override
  public void close() {
    queue.close();
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
