package io.fovea.engine;

import io.fovea.NativeFaultException;
import io.fovea.family.ModelTokens;
import io.fovea.grounding.GroundingDialect;
import io.fovea.model.KvCache;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmModel;
import io.fovea.nativeops.NativeOps;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.weights.NonFiniteSearch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Everything an engine loaded. Ops, model and cache belong to the engine thread; the rest is
 * immutable.
 *
 * @param nonFinite finds the weight to blame for logits that are no numbers
 */
record LoadedModel(
    NativeOps ops,
    DeviceReport device,
    CogVlmModel model,
    KvCache cache,
    ModelTokens tokens,
    GroundingDialect dialect,
    NonFiniteSearch nonFinite,
    ModelInfo info)
    implements AutoCloseable {

  CogVlmConfig config() {
    return model.config();
  }

  Tokenizer tokenizer() {
    return tokens.tokenizer();
  }

  /** Tokens that end an answer. */
  Set<Integer> endTokens() {
    return tokens.end();
  }

  /** The tokens of a request whose text has the token ids {@code text}. */
  Prompt prompt(boolean image, int[] text) {
    int imageTokens = image ? config().imageTokens() : 0;
    return Prompt.of(tokens.begin(), tokens.filler(), imageTokens, text);
  }

  /**
   * A choice from the logits of a step that has ended.
   *
   * @param choice gives token -1, or throws, where its logits are not numbers
   * @throws NativeFaultException where they are not; it names the weight that is to blame
   */
  Choice.Chosen judged(Supplier<Choice.Chosen> choice) {
    try {
      Choice.Chosen chosen = choice.get();
      if (chosen.token() < 0) {
        throw new NativeFaultException("the model computed logits that are not numbers");
      }
      return chosen;
    } catch (NativeFaultException e) {
      throw explained(e);
    }
  }

  private NativeFaultException explained(NativeFaultException failure) {
    String weight = nonFinite.first();
    return new NativeFaultException(
        failure.getMessage()
            + (weight == null
                ? "; its weights are finite, so the arithmetic overflowed: "
                    + (model.dtype() == DType.F32
                        ? "they are too large for this model, fetch them again"
                        : "try dtype f32")
                : ", because of " + weight + "; fetch or convert the model again"));
  }

  /**
   * Has the device hand a number over and back.
   *
   * @throws NativeFaultException where it does nothing any more, as GPUs do after some faults
   */
  void requireDevice() {
    ByteBuffer back = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    ops.frame(() -> ops.memory().download(ops.ints(new int[] {1}), back));
  }

  /** Frees all device memory and stops the device's threads. */
  @Override
  public void close() {
    cache.close();
    ops.close();
  }
}
