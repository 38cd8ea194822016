package io.fovea.engine;

import io.fovea.NativeFaultException;
import io.fovea.grounding.GroundingDialect;
import io.fovea.model.KvCache;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmModel;
import io.fovea.nativeops.NativeOps;
import io.fovea.text.Tokenizer;
import io.fovea.weights.NonFiniteSearch;
import java.util.Set;

/**
 * Everything an engine loaded. Ops, model and cache belong to the engine thread; the rest is
 * immutable.
 *
 * @param endTokens tokens that end an answer
 * @param nonFinite finds the weight to blame for logits that are no numbers
 */
record LoadedModel(
    NativeOps ops,
    DeviceReport device,
    CogVlmModel model,
    KvCache cache,
    Tokenizer tokenizer,
    Set<Integer> endTokens,
    GroundingDialect dialect,
    NonFiniteSearch nonFinite,
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

  /** The failure of logits that are not numbers, with the weight that is to blame. */
  NativeFaultException explained(NativeFaultException failure) {
    String weight = nonFinite.first();
    return new NativeFaultException(
        failure.getMessage()
            + (weight == null
                ? "; its weights are finite, so the arithmetic overflowed: try dtype f32"
                : ", because of " + weight + "; fetch or convert the model again"));
  }

  /** Frees all device memory and stops the device's threads. */
  @Override
  public void close() {
    cache.close();
    ops.close();
  }
}
