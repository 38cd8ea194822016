package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** The engine of this process: a model on a device, and the thread that works on it. */
public final class FoveaEngine implements VisionEngine {
  private static final long CLOSE_SECONDS = 10;

  private final LoadedModel model;
  private final DecodingRoom room;
  private final Requests requests;
  private final LocateRequests locating;
  private final WorkQueue queue;
  private final Admission admission;
  private final PictureIntake pictures;
  private final Diagnostics diagnostics;
  private final Scheduler scheduler;
  private final Thread thread;

  private FoveaEngine(LoadedModel model, EngineOptions options) {
    this.model = model;
    Observers observers = new Observers(options.listeners());
    queue = new WorkQueue(options.queueCapacity(), observers);
    room = new DecodingRoom(options.decodeBytes(), queue::requireOpen);
    admission = new Admission(queue, observers, options.queueWait(), options.executor());
    ImageStore images = new ImageStore(queue::wake);
    requests = new Requests(model, images);
    locating = new LocateRequests(model, requests, queue::requireFits);
    pictures = new PictureIntake(model, images, room, options.decoder(), admission);
    diagnostics = new Diagnostics(model, requests, room, options, admission);
    FairShare fair = new FairShare(options.callerWeights());
    scheduler =
        new Scheduler(
            model,
            queue,
            observers,
            images,
            fair,
            new StepComposer(model.cache(), fair, options.maxBatch(), options.stepRows()),
            options.maxRunning(),
            model::requireDevice);
    thread = new EngineThread(scheduler);
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

  @Override
  public EncodedImage encode(ImageInput input, EncodeOptions options) {
    return pictures.now(requireNonNull(input, "input"), requireNonNull(options, "options"));
  }

  @Override
  public CompletableFuture<EncodedImage> encodeAsync(ImageInput input, EncodeOptions options) {
    return pictures.later(requireNonNull(input, "input"), requireNonNull(options, "options"));
  }

  @Override
  public List<Grounding> locate(EncodedImage image, List<String> phrases, LocateOptions options) {
    requireOpen();
    return admission.now(locating.locate(image, phrases, options));
  }

  @Override
  public Grounding locate(EncodedImage image, String phrase, LocateOptions options) {
    requireOpen();
    return admission.now(locating.locate(image, phrase, options));
  }

  @Override
  public CompletableFuture<List<Grounding>> locateAsync(
      EncodedImage image, List<String> phrases, LocateOptions options) {
    requireOpen();
    return admission.later(locating.locate(image, phrases, options));
  }

  @Override
  public CompletableFuture<Grounding> locateAsync(
      EncodedImage image, String phrase, LocateOptions options) {
    requireOpen();
    return admission.later(locating.locate(image, phrase, options));
  }

  @Override
  public Caption caption(EncodedImage image, GenerationOptions options) {
    requireOpen();
    return admission.now(requests.caption(image, options));
  }

  @Override
  public CompletableFuture<Caption> captionAsync(EncodedImage image, GenerationOptions options) {
    requireOpen();
    return admission.later(requests.caption(image, options));
  }

  @Override
  public Answer ask(List<EncodedImage> images, String question, GenerationOptions options) {
    return chat(requests.question(images, question, options));
  }

  @Override
  public CompletableFuture<Answer> askAsync(
      List<EncodedImage> images, String question, GenerationOptions options) {
    return chatAsync(requests.question(images, question, options));
  }

  @Override
  public Answer askTextOnly(String question, GenerationOptions options) {
    return chat(requests.questionTextOnly(question, options));
  }

  @Override
  public ChatRequest askRequest(
      List<EncodedImage> images, String question, GenerationOptions options) {
    return images.isEmpty()
        ? requests.questionTextOnly(question, options)
        : requests.question(images, question, options);
  }

  @Override
  public ChatRequest captionRequest(EncodedImage image, GenerationOptions options) {
    return requests.description(image, options);
  }

  @Override
  public Answer chat(ChatRequest request) {
    requireOpen();
    return admission.now(requests.chat(request));
  }

  @Override
  public CompletableFuture<Answer> chatAsync(ChatRequest request) {
    requireOpen();
    return admission.later(requests.chat(request));
  }

  @Override
  public TokenStream stream(ChatRequest request) {
    requireOpen();
    TokenStream stream = new TokenStream(admission.executor());
    GenerateWork work = requests.chat(request, stream::accept);
    stream.follow(work);
    admission.offer(List.of(work));
    return stream;
  }

  @Override
  public Flow.Publisher<TokenEvent> publish(ChatRequest request) {
    requireNonNull(request, "request");
    requireOpen();
    int most = Math.min(request.options().maxNewTokens(), model.info().contextTokens());
    return new AnswerPublisher(
        admission.executor(),
        most,
        listener -> {
          requireOpen();
          GenerateWork work = requests.chat(request, listener);
          admission.offerNow(List.of(work));
          return work;
        });
  }

  /** Looking inside: for people who debug a conversion or tune a kernel. */
  public Diagnostics diagnostics() {
    return diagnostics;
  }

  @Override
  public void warmUp(Duration most) {
    requireOpen();
    WarmUp.run(this, requireNonNull(most, "most"));
  }

  @Override
  public ModelInfo model() {
    return model.info();
  }

  @Override
  public EngineStats stats() {
    return scheduler.stats();
  }

  @Override
  public DeviceReport device() {
    return model.device();
  }

  @Override
  public EngineHealth health() {
    return queue.health();
  }

  /** Where pictures are decoded. */
  DecodingRoom room() {
    return room;
  }

  private void requireOpen() {
    queue.requireOpen();
  }

  @Override
  public boolean shutdown(Duration patience) {
    long nanos = Deadlines.nanos(requireNonNull(patience, "patience"));
    queue.drain();
    room.wake();
    boolean interrupted = join(nanos);
    boolean finished = !thread.isAlive() && scheduler.isDrained();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    close();
    return finished;
  }

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
    if (Thread.currentThread() == thread) {
      return false; // a listener's call: it ends when that returns
    }
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }
}
