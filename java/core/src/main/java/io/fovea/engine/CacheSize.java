package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.InvalidRequestException;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.tensor.DType;
import java.util.Locale;

/**
 * How large the KV cache becomes.
 *
 * @param context most tokens of a request
 * @param dtype of activations and cache
 */
record CacheSize(EngineOptions options, ModelSizes sizes, int context, DType dtype) {
  /** Most bytes it takes in the host's memory by default, unless two contexts need more. */
  private static final long HOST_BUDGET = 4L << 30;

  /** Of the host's memory, which holds the weights, too. */
  private static final int HOST_SHARE = 8;

  /** Pictures whose prefixes have room by default, besides what runs. */
  private static final int PICTURES = 64;

  /** Kept free on a GPU for the scratch memory of kernels, recorded steps and the driver. */
  private static final long DEVICE_RESERVE = 256L << 20;

  /**
   * Pages of a cache in the host's memory: by default what a full batch, the pictures it may be
   * about and the beginnings of all who take turns can fill.
   *
   * @param memoryBytes of the host
   */
  int hostPages(long memoryBytes) {
    long tokens = options.kvCacheTokens();
    if (tokens == 0) {
      long budget = Math.min(HOST_BUDGET, memoryBytes / HOST_SHARE);
      tokens = Math.max(2L * context, Math.min(wantedTokens(), budget / bytesPerToken()));
    }
    return pages(tokens);
  }

  private long wantedTokens() {
    long picture = KvCache.pagesFor(1 + sizes.cachedImageTokens()) * (long) KvCache.PAGE_SLOTS;
    long own =
        (long) options.maxRunning() * KvCache.PAGE_SLOTS; // a page that each shares with none
    return (long) options.maxBatch() * context + PICTURES * picture + own;
  }

  /**
   * Pages of a cache in a GPU's memory: by default as on the host, or what fits.
   *
   * @param freeBytes of the device, with the weights already there
   * @throws DeviceMemoryException where what was asked for, or one context, does not fit
   */
  int devicePages(long freeBytes) {
    long room = Math.max(0, freeBytes - stepBytes()) / (bytesPerToken() * KvCache.PAGE_SLOTS);
    long wanted = pages(options.kvCacheTokens() > 0 ? options.kvCacheTokens() : wantedTokens());
    boolean enough =
        wanted <= room || (options.kvCacheTokens() == 0 && room >= KvCache.pagesFor(context));
    if (!enough) {
      throw tooLarge(options.kvCacheTokens() > 0 ? wanted : KvCache.pagesFor(context), freeBytes);
    }
    return Math.toIntExact(Math.min(wanted, room));
  }

  private DeviceMemoryException tooLarge(long pages, long freeBytes) {
    return new DeviceMemoryException(
        String.format(
            Locale.ROOT,
            "a KV cache of %d tokens takes %d bytes; the device has %d bytes free, of which a step"
                + " needs about %d",
            pages * KvCache.PAGE_SLOTS,
            pages * KvCache.PAGE_SLOTS * bytesPerToken(),
            freeBytes,
            stepBytes()),
        options.kvCacheTokens() > 0
            ? "lower kvCacheTokens"
            : "lower contextTokens (--context-tokens), or use quantised weights");
  }

  private int pages(long tokens) {
    long least = sizes.cachedImageTokens() + 2L;
    if (tokens < least) {
      throw new InvalidRequestException(
          "a cache of " + tokens + " tokens holds no image and question",
          "set kvCacheTokens to " + least + " or more");
    }
    return Math.toIntExact((tokens + KvCache.PAGE_SLOTS - 1) / KvCache.PAGE_SLOTS);
  }

  /** Keys and values of all layers. */
  private long bytesPerToken() {
    return sizes.cacheElements() * dtype.bytes();
  }

  /**
   * Memory besides weights and cache, estimated: the tensors of the widest step that are held at a
   * time, and what one picture keeps.
   */
  long stepBytes() {
    ModelSizes.Scratch scratch = sizes.scratch();
    long rows = Math.max(options.stepRows() + 8L * options.maxBatch(), sizes.cachedImageTokens());
    long step = rows * scratch.decoderRow() + scratch.betweenSlices();
    long logits = 2L * options.maxBatch() * sizes.vocabSize() * Float.BYTES;
    return (Math.max(step, scratch.encoding()) + scratch.picture()) * dtype.bytes()
        + logits
        + DEVICE_RESERVE;
  }
}
