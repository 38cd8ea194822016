package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import io.fovea.InvalidRequestException;
import io.fovea.grounding.Region;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
  private final DecodingRoom room;
  private final Requests requests;
  private final WorkQueue queue;
  private final ImageStore images;
  private final Scheduler scheduler;
  private final Thread thread;
  private final int stepRows;
  private final Duration queueWait;
  private final Executor executor;

  private FoveaEngine(LoadedModel model, EngineOptions options) {
    this.model = model;
    decoder = options.decoder();
    queue = new WorkQueue(options.queueCapacity());
    room = new DecodingRoom(options.decodeBytes(), queue::requireOpen);
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
            options.maxRunning(),
            model::requireDevice);
    thread = new Thread(scheduler, "fovea-engine");
    thread.setDaemon(true);
    stepRows = options.stepRows();
    queueWait = options.queueWait();
    executor = options.executor();
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
   * Decodes and encodes a picture, once for all questions about it. The same picture, if it is open
   * already, is not encoded again.
   *
   * @throws io.fovea.ImageException where the picture cannot be read, or needs more than {@link
   *     EngineBuilder#decodeBytes}
   * @throws io.fovea.RequestRejectedException where the queue is full; nothing was read then
   */
  public EncodedImage encode(ImageInput input) {
    return encode(input, EncodeOptions.defaults());
  }

  /**
   * As {@link #encode(ImageInput)}.
   *
   * @throws io.fovea.DeadlineExceededException where the deadline passed first
   */
  public EncodedImage encode(ImageInput input, EncodeOptions options) {
    EncodeWork work = new EncodeWork(model, images, room, options);
    decode(input, work, claim(queueWait)); // a full queue costs nothing
    try {
      return Results.await(work, work.result(), () -> "");
    } catch (GenerationCancelledException e) {
      closeLate(work);
      throw e;
    }
  }

  /**
   * A picture, decoded and encoded later. Whatever ends the future from outside ends the work; an
   * image that was finished all the same is closed. A full queue is thrown at once.
   *
   * @throws io.fovea.RequestRejectedException where the queue is full; nothing is read then
   */
  @SuppressWarnings("FutureReturnValueIgnored") // its failures go to the work's result
  public CompletableFuture<EncodedImage> encodeAsync(ImageInput input, EncodeOptions options) {
    EncodeWork work = new EncodeWork(model, images, room, options);
    WorkQueue.Place place = claim(Duration.ZERO);
    try {
      CompletableFuture.runAsync(() -> decode(input, work, place), executor)
          .exceptionally(
              error -> {
                work.fail(error.getCause() == null ? error : error.getCause());
                return null;
              });
    } catch (RuntimeException e) { // the executor takes no more
      place.close();
      throw e;
    }
    return new RequestFuture<EncodedImage>(work, executor)
        .follow(work.result(), image -> image, EncodedImage::close);
  }

  private WorkQueue.Place claim(Duration patience) {
    try {
      return queue.claim(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException("interrupted while the queue was full", "");
    }
  }

  /** Decodes a picture and hands it over; place and room are given back where that fails. */
  private void decode(ImageInput input, EncodeWork work, WorkQueue.Place place) {
    try (place) {
      work.decode(decoder, input);
      place.give(work);
    } catch (RuntimeException | Error e) {
      work.release(); // the room that its pixels take
      FinishReason reason = work.stopReason();
      if (reason != null) {
        queue.endedBefore(reason);
      }
      throw e;
    }
  }

  /** Where pictures are decoded. */
  DecodingRoom room() {
    return room;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the clean-up
  private static void closeLate(EncodeWork work) {
    work.result().thenAccept(EncodedImage::close);
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
    try (WorkQueue.Place place = claim(patience)) {
      place.give(work);
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
   * The answer to a request, later. Whatever ends the future from outside ends the request within
   * one step: {@code cancel}, {@code orTimeout}, cancelling a future derived from it. Dependents
   * run on {@link EngineBuilder#executor}, never on the engine's thread. A full queue is thrown at
   * once.
   */
  public CompletableFuture<Answer> chatAsync(ChatRequest request) {
    requireOpen();
    GenerateWork work = requests.chat(request, token -> {});
    RequestFuture<Answer> future = new RequestFuture<>(work, executor);
    offer(work, Duration.ZERO);
    return future.follow(work.result(), Results::whole, late -> {});
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
    try (DecodingRoom.Hold hold = room.hold()) {
      RgbImage picture = image == null ? null : decoder.decode(image, hold);
      TraceWork work = new TraceWork(model, picture, prompt, maxNewTokens, out);
      offer(work, queueWait);
      return Results.await(work, work.result(), () -> "");
    }
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
    try (DecodingRoom.Hold hold = room.hold()) {
      RgbImage picture = decoder.decode(image, hold);
      ProfiledRequest request =
          new ProfiledRequest(model, picture, prompt, options.tokens(), stepRows);
      ProfileWork work = new ProfileWork(request, options);
      offer(work, queueWait);
      return Results.await(work, work.result(), () -> "");
    }
  }

  /**
   * Answers questions about made-up pictures until they are answered as fast as they will be, so
   * that the first caller does not pay for what happens once: before an engine takes traffic.
   *
   * @param most where to stop in any case, once a round of four requests has ended
   */
  public void warmUp(Duration most) {
    requireOpen();
    WarmUp.run(this, most);
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
   * Ends in good order: refuses new requests, finishes those that are there, then closes.
   *
   * @param patience how long they may take; what is left then is cancelled
   * @return whether all were finished
   */
  public boolean shutdown(Duration patience) {
    queue.drain();
    room.wake();
    boolean interrupted = join(Deadlines.nanos(patience));
    boolean finished = !thread.isAlive();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    close();
    return finished;
  }

  /**
   * Ends all requests, frees all memory and waits until the engine's thread is gone, ten seconds at
   * most; a step that lasts longer frees everything when it ends. Closing twice is harmless.
   */
  @Override
  public void close() {
    queue.close();
    room.wake();
    boolean interrupted = Thread.interrupted();
    if (join(TimeUnit.SECONDS.toNanos(CLOSE_SECONDS)) || interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the engine's thread to end; returns whether this was interrupted. */
  private boolean join(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }
}
