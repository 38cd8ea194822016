package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.DeviceUnavailableException;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.family.BoxCalibration;
import io.fovea.family.Families;
import io.fovea.family.ModelDescription;
import io.fovea.family.ModelTokens;
import io.fovea.family.PresenceScale;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.VisionLanguageModel;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.Products;
import io.fovea.prompt.PromptTemplate;
import io.fovea.tensor.DType;
import io.fovea.weights.Checkpoint;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.ForeignFiles;
import io.fovea.weights.StoredScheme;
import io.fovea.weights.StoredShapes;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a Hugging Face directory, checking everything before it is used. */
final class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  /**
   * Longest context to lay tables out for, tokens; CogVLM v1 was trained with 2048, CogVLM2 with
   * 8192.
   */
  private static final int MAX_CONTEXT = 1 << 17;

  /** From here on a checkpoint counts as large: {@link ComputeType#AUTO}. */
  private static final long LARGE_PARAMETERS = 1_000_000_000;

  private final EngineOptions options;
  private final CheckpointFiles.Contents contents;
  private final ModelDescription description;
  private final ModelSizes sizes;

  private ModelLoader(EngineOptions options) {
    this.options = options;
    ForeignFiles.refuse(options.model());
    this.contents = CheckpointFiles.open(options.model());
    StoredScheme scheme = contents.runnable();
    contents.notes().forEach(note -> LOG.info("{}: {}", options.model(), note));
    scheme.notes().forEach(note -> LOG.info("{}: {}", options.model(), note));
    this.description = Families.describe(options.model(), StoredShapes.of(contents.tensors()));
    this.sizes = description.sizes();
    description.requireRunnable(options.model());
  }

  /**
   * Loads what {@code options} ask for. After a failure nothing stays allocated.
   *
   * @throws ModelLoadException where the directory's files are missing, damaged or do not fit
   * @throws DeviceUnavailableException where the device asked for is not there
   * @throws DeviceMemoryException where the model or its cache does not fit the device
   */
  static LoadedModel load(EngineOptions options) {
    return new ModelLoader(options).load();
  }

  private LoadedModel load() {
    int context = contextTokens();
    ModelTokens tokens = ModelTokens.load(options.model(), options.tokenizer(), description);
    ModelTokens.notes(options.model(), description).forEach(LOG::info);
    PromptTemplate template =
        options.promptTemplate() == null ? description.template() : options.promptTemplate();
    OpenDevice device = OpenDevice.open(options.device(), options.threads(), products());
    NativeOps ops = device.ops();
    try (Checkpoint checkpoint = Checkpoint.of(contents, ops.memory())) {
      Choice choice = dtype(checkpoint.elementsByDtype());
      if (!device.isHost()) {
        requireRoom(weightBytes(checkpoint.elementsByDtype(), choice.dtype()), device);
      }
      VisionLanguageModel model =
          description.load(ops, checkpoint, choice.dtype(), context, options.progress());
      KvCache cache = model.newCache(ops.memory(), pages(device, context, choice.dtype()));
      ModelInfo info = info(checkpoint, choice, context, cache, template);
      return new LoadedModel(
          ops,
          device.report(),
          description,
          model,
          cache,
          tokens,
          PresenceScale.read(options.model()),
          BoxCalibration.read(options.model()),
          checkpoint.nonFiniteSearch(),
          info);
    } catch (RuntimeException e) {
      closeAfter(e, ops);
      throw explained(e, device);
    } catch (Error e) {
      closeAfter(e, ops);
      throw e;
    }
  }

  /** Frees the device; a device that failed may fail once more here. */
  private static void closeAfter(Throwable failure, NativeOps ops) {
    try {
      ops.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** The failure in words of the model and of the options that help. */
  private RuntimeException explained(RuntimeException e, OpenDevice device) {
    if (e instanceof IllegalArgumentException) { // the ops refuse what the weights hold
      return new ModelLoadException(
          options.model(),
          "weights",
          "cannot be used: " + e.getMessage(),
          "run './fovea verify " + options.model() + "', which names the tensor",
          e);
    }
    if (e instanceof DeviceMemoryException full && !device.isHost()) {
      return new DeviceMemoryException(
          "the model does not fit " + device.report().name() + ": " + full.getMessage(),
          "or run it on the processor: device cpu",
          full);
    }
    return e;
  }

  /** Fails at once rather than after reading most of a large model. */
  private static void requireRoom(long weights, OpenDevice device) {
    long free = device.ops().memory().freeBytes();
    if (weights > free) {
      throw new DeviceMemoryException(
          "its weights take about " + weights + " bytes, " + free + " are free",
          "use quantised weights (./fovea quantize), or dtype bf16");
    }
  }

  /** Bytes of the weights on a device; scales, padding and tensors not used aside. */
  static long weightBytes(Map<String, Long> elements, DType dtype) {
    long bytes = 0;
    for (Map.Entry<String, Long> each : elements.entrySet()) {
      long count = each.getValue();
      bytes +=
          switch (each.getKey()) {
            case "F32", "BF16", "F16" -> count * dtype.bytes();
            case "I8", "F8_E4M3" -> count;
            case "I4" -> count / 2;
            default -> 0; // no weights
          };
    }
    return bytes;
  }

  private int pages(OpenDevice device, int context, DType dtype) {
    CacheSize size = new CacheSize(options, sizes, context, dtype);
    return device.isHost()
        ? size.hostPages(HostMemory.totalBytes())
        : size.devicePages(device.ops().memory().freeBytes());
  }

  private Products products() {
    return options.activations() == ActivationType.FLOAT ? Products.FLOAT : Products.INT8;
  }

  private int contextTokens() {
    int context =
        options.contextTokens() > 0
            ? options.contextTokens()
            : Math.min(sizes.contextTokens(), MAX_CONTEXT);
    int least = sizes.cachedImageTokens() + 2;
    if (context > MAX_CONTEXT) {
      throw new InvalidRequestException(
          "a context of " + context + " tokens is too long",
          "set contextTokens to " + MAX_CONTEXT + " or less");
    }
    if (context < least) {
      throw new InvalidRequestException(
          "a context of " + context + " tokens holds no image and question",
          "set contextTokens to " + least + " or more");
    }
    return context;
  }

  private record Choice(DType dtype, String reason) {}

  private Choice dtype(Map<String, Long> elements) {
    return switch (options.dtype()) {
      case F32 -> new Choice(DType.F32, "f32 was asked for");
      case BF16 -> new Choice(DType.BF16, "bf16 was asked for");
      case AUTO -> automatic(elements);
    };
  }

  private static Choice automatic(Map<String, Long> elements) {
    long all = total(elements);
    long half = all - elements.getOrDefault("F32", 0L);
    if (all <= LARGE_PARAMETERS) {
      return new Choice(DType.F32, "auto: f32, the model is small");
    }
    return half > all / 2
        ? new Choice(DType.BF16, "auto: bf16, the model is large and stored in 16 bits or fewer")
        : new Choice(DType.F32, "auto: f32, the dtype most weights are stored in");
  }

  private static long total(Map<String, Long> elements) {
    return elements.values().stream().mapToLong(Long::longValue).sum();
  }

  private ModelInfo info(
      Checkpoint checkpoint, Choice choice, int context, KvCache cache, PromptTemplate template) {
    return ModelInfo.builder()
        .directory(options.model())
        .architecture(description.family().displayName())
        .parameters(total(checkpoint.elementsByDtype()))
        .storedBytes(checkpoint.totalBytes())
        .dtype(choice.dtype() == DType.BF16 ? ComputeType.BF16 : ComputeType.F32)
        .dtypeReason(choice.reason())
        .imageSize(sizes.imageSize())
        .patchSize(sizes.patchSize())
        .imageTokens(sizes.imageTokens())
        .hiddenSize(sizes.hiddenSize())
        .layers(sizes.layers())
        .encoderLayers(sizes.encoderLayers())
        .vocabularySize(sizes.vocabSize())
        .contextTokens(context)
        .kvCacheTokens(cache.pages() * KvCache.PAGE_SLOTS)
        .template(template)
        .dialect(description.dialect().name())
        .build();
  }
}
