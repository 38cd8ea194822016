package io.fovea.engine;

import io.fovea.grounding.GroundingDialect;
import io.fovea.model.KvCache;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmModel;
import io.fovea.nativeops.NativeOps;
import io.fovea.text.Tokenizer;
import java.util.Set;

/**
 * Everything an engine loaded. Ops, model and cache belong to the engine thread; the rest is
 * immutable.
 *
 * @param endTokens tokens that end an answer
 */
record LoadedModel(
    NativeOps ops,
    DeviceReport device,
    CogVlmModel model,
    KvCache cache,
    Tokenizer tokenizer,
    Set<Integer> endTokens,
    GroundingDialect dialect,
    ModelInfo info)
    implements AutoCloseable {

  CogVlmConfig config() {
    return model.config();
  }

  /** The tokens of a request whose text has the token ids {@code text}. */
  Prompt prompt(boolean image, int[] text) {
    CogVlmConfig config = config();
    int imageTokens = image ? config.imageTokens() : 0;
    return Prompt.of(config.bosTokenId(), config.padTokenId(), imageTokens, text);
  }

  /** Frees all device memory and stops the device's threads. */
  @Override
  public void close() {
    cache.close();
    ops.close();
  }
}
