package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.ProgressListener;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ExifOrientation;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageLimits;
import io.fovea.image.SixteenBit;
import io.fovea.image.Transparency;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Options of an engine; only {@link #model} is required. */
public final class EngineBuilder {
  private static final int DEFAULT_QUEUE = 64;
  private static final int DEFAULT_BATCH = 8;
  private static final int RUNNING_PER_BATCH = 8;
  private static final int DEFAULT_STEP_ROWS = 256;
  private static final int MOST_THREADS = 1024; // of the native library

  private @Nullable Path model;
  private @Nullable Path tokenizer;
  private Device device = Device.auto();
  private ComputeType dtype = ComputeType.AUTO;
  private ActivationType activations = ActivationType.AUTO;
  private int threads;
  private int contextTokens;
  private int kvCacheTokens;
  private int queueCapacity = DEFAULT_QUEUE;
  private Duration queueWait = Duration.ZERO;
  private int maxBatch = DEFAULT_BATCH;
  private int maxRunning;
  private final Map<String, Double> callerWeights = new HashMap<>();
  private Executor executor = Handover.commonPool();
  private int stepRows = DEFAULT_STEP_ROWS;
  private long decodeBytes;
  private ImageLimits imageLimits = ImageLimits.DEFAULT;
  private ExifOrientation exifOrientation = ExifOrientation.IGNORE;
  private Transparency transparency = Transparency.DROP;
  private SixteenBit sixteenBit = SixteenBit.REFERENCE;
  private @Nullable PromptTemplate promptTemplate;
  private ProgressListener progress = ProgressListener.none();
  private final List<EngineListener> listeners = new ArrayList<>();

  EngineBuilder() {}

  /** A Hugging Face directory: config.json, safetensors, perhaps tokenizer.model. */
  public EngineBuilder model(Path directory) {
    model = directory;
    return this;
  }

  /** A tokenizer.model, or a folder that holds one; needed where the model's has none. */
  public EngineBuilder tokenizer(@Nullable Path file) {
    tokenizer = file;
    return this;
  }

  /** Default {@link Device#auto}. */
  public EngineBuilder device(Device device) {
    this.device = requireNonNull(device, "device");
    return this;
  }

  /** Default {@link ComputeType#AUTO}. */
  public EngineBuilder dtype(ComputeType dtype) {
    this.dtype = requireNonNull(dtype, "dtype");
    return this;
  }

  /** How activations meet quantised weights. Default {@link ActivationType#AUTO}. */
  public EngineBuilder activations(ActivationType activations) {
    this.activations = requireNonNull(activations, "activations");
    return this;
  }

  /** Threads that compute; 0, the default, takes all processors. A GPU ignores it. */
  public EngineBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /** Most tokens of a request, prompt and answer; 0 takes the config's. */
  public EngineBuilder contextTokens(int tokens) {
    contextTokens = tokens;
    return this;
  }

  /**
   * Tokens the KV cache has room for, running requests and the prefixes of pictures together. 0
   * takes maxBatch whole contexts, 64 pictures and a page for each of maxRunning; on the processor
   * at most an eighth of the memory and 4 GiB, but two contexts at least; on a GPU at most what is
   * free. Where it runs short, prefixes are dropped, then the youngest requests wait and compute
   * again: slower, not different.
   */
  public EngineBuilder kvCacheTokens(int tokens) {
    kvCacheTokens = tokens;
    return this;
  }

  /** Requests that may wait; more are rejected. Default 64. */
  public EngineBuilder queueCapacity(int requests) {
    queueCapacity = requests;
    return this;
  }

  /**
   * How long a call may wait for room where the queue is full, before it is rejected; never beyond
   * its deadline. Default zero: not at all. Calls that return at once ({@code chatAsync}) never
   * wait.
   */
  public EngineBuilder queueWait(Duration wait) {
    queueWait = requireNonNull(wait, "wait");
    return this;
  }

  /** Most requests in one step. Default 8. */
  public EngineBuilder maxBatch(int requests) {
    maxBatch = requests;
    return this;
  }

  /**
   * Most requests that have begun; where they are more than a step holds, they take turns, so that
   * a short one need not wait for long ones. 0, the default, takes eight times maxBatch.
   */
  public EngineBuilder maxRunning(int requests) {
    maxRunning = requests;
    return this;
  }

  /**
   * The share of a caller, beside others of weight 1: {@link GenerationOptions#caller}.
   *
   * @param weight more than zero
   */
  public EngineBuilder callerWeight(String caller, double weight) {
    if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
      throw new InvalidRequestException(
          "the weight of caller '" + caller + "' is " + weight, "give a number above zero");
    }
    callerWeights.put(requireNonNull(caller, "caller"), weight);
    return this;
  }

  /**
   * Where pictures given to {@code encodeAsync} are decoded, and where what depends on a future and
   * subscribers run. Default: the common pool. Results that this one takes no more, or would
   * deliver on the engine's thread, are delivered by the common pool.
   */
  public EngineBuilder executor(Executor executor) {
    this.executor = requireNonNull(executor, "executor");
    return this;
  }

  /** Most prompt tokens in one step: smaller steps answer cancellations sooner. Default 256. */
  EngineBuilder stepRows(int rows) {
    stepRows = rows;
    return this;
  }

  /** Default {@link ImageLimits#DEFAULT}. */
  public EngineBuilder imageLimits(ImageLimits limits) {
    imageLimits = requireNonNull(limits, "limits");
    return this;
  }

  /**
   * Java heap that pictures may take together, from the first byte of their files until the engine
   * has taken their pixels: 3 bytes a pixel for most PNG and JPEG files, up to 12 for others while
   * they are decoded. Callers wait for each other where it is short, until their deadlines; a
   * picture that needs more is refused before it is decoded. 0, the default, takes half of the
   * largest heap ({@code -Xmx}).
   */
  public EngineBuilder decodeBytes(long bytes) {
    decodeBytes = bytes;
    return this;
  }

  /** Default {@link ExifOrientation#IGNORE}, as in the reference. */
  public EngineBuilder exifOrientation(ExifOrientation orientation) {
    exifOrientation = requireNonNull(orientation, "orientation");
    return this;
  }

  /** Default {@link Transparency#DROP}, as in the reference. */
  public EngineBuilder transparency(Transparency transparency) {
    this.transparency = requireNonNull(transparency, "transparency");
    return this;
  }

  /** How samples of 16 bits become bytes. Default {@link SixteenBit#REFERENCE}. */
  public EngineBuilder sixteenBit(SixteenBit rule) {
    sixteenBit = requireNonNull(rule, "rule");
    return this;
  }

  /** Template of requests that name none; null, the default, takes the config's. */
  public EngineBuilder promptTemplate(@Nullable PromptTemplate template) {
    promptTemplate = template;
    return this;
  }

  /** Told how loading goes. */
  public EngineBuilder progress(ProgressListener listener) {
    progress = requireNonNull(listener, "listener");
    return this;
  }

  /** Told what the engine does, after those given before. */
  public EngineBuilder listener(EngineListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  /**
   * Loads the model. After a failure nothing stays allocated.
   *
   * @throws io.fovea.ModelLoadException where its files are missing, damaged or do not fit
   * @throws io.fovea.UnsupportedModelException where they describe another model
   * @throws io.fovea.DeviceUnavailableException where the device asked for is not there
   * @throws io.fovea.DeviceMemoryException where the model or its cache does not fit the device
   * @throws InvalidRequestException where an option is out of range
   */
  public FoveaEngine build() {
    return FoveaEngine.start(options());
  }

  EngineOptions options() {
    if (model == null) {
      throw new InvalidRequestException("no model is named", "call model(directory)");
    }
    requireAtLeast(0, threads, "threads");
    if (threads > MOST_THREADS) {
      throw new InvalidRequestException(
          "threads is " + threads, "give " + MOST_THREADS + " or fewer, or 0 for all processors");
    }
    requireAtLeast(0, contextTokens, "contextTokens");
    requireAtLeast(0, kvCacheTokens, "kvCacheTokens");
    requireAtLeast(1, queueCapacity, "queueCapacity");
    requireAtLeast(1, maxBatch, "maxBatch");
    requireAtLeast(0, maxRunning, "maxRunning");
    requireAtLeast(1, stepRows, "stepRows");
    requireAtLeast(0, decodeBytes, "decodeBytes");
    if (queueWait.isNegative()) {
      throw new InvalidRequestException(
          "queueWait is " + queueWait, "give zero or a positive time");
    }
    return new EngineOptions(
        model,
        tokenizer,
        device,
        dtype,
        activations,
        threads,
        contextTokens,
        kvCacheTokens,
        queueCapacity,
        queueWait,
        maxBatch,
        maxRunning == 0 ? RUNNING_PER_BATCH * maxBatch : maxRunning,
        Map.copyOf(callerWeights),
        executor,
        stepRows,
        new ImageDecoder(imageLimits, exifOrientation, transparency, sixteenBit),
        decodeBytes == 0 ? DecodingRoom.shareOfHeap() : decodeBytes,
        promptTemplate,
        progress,
        List.copyOf(listeners));
  }

  private static void requireAtLeast(int least, long value, String name) {
    if (value < least) {
      throw new InvalidRequestException(name + " is " + value, "give " + least + " or more");
    }
  }
}
