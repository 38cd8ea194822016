package io.fovea.engine;

import io.fovea.NativeFaultException;
import io.fovea.decoding.Choice;
import io.fovea.family.BoxCalibration;
import io.fovea.family.ModelDescription;
import io.fovea.family.ModelTokens;
import io.fovea.family.PresenceScale;
import io.fovea.family.PromptPart;
import io.fovea.family.Shown;
import io.fovea.grounding.Region;
import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.weights.NonFiniteSearch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything an engine loaded. Ops, model and cache belong to the engine thread; the rest is
 * immutable.
 *
 * @param presence how its yes and no are read; null where nobody measured that
 * @param calibration what the confidence of its boxes is worth; null where nobody measured that
 * @param nonFinite finds the weight to blame for logits that are no numbers
 */
record LoadedModel(
    NativeOps ops,
    DeviceReport device,
    ModelDescription description,
    VisionLanguageModel model,
    KvCache cache,
    ModelTokens tokens,
    @Nullable PresenceScale presence,
    @Nullable BoxCalibration calibration,
    NonFiniteSearch nonFinite,
    ModelInfo info)
    implements AutoCloseable {

  ModelSizes sizes() {
    return model.sizes();
  }

  Tokenizer tokenizer() {
    return tokens.tokenizer();
  }

  /** A box with the share of such that are right, where that was measured. */
  Region calibrated(Region region) {
    return calibration == null ? region : calibration.calibrate(region);
  }

  /** Tokens that end an answer. */
  Set<Integer> endTokens() {
    return tokens.end();
  }

  /**
   * The tokens of a prompt. A turn that is not told again takes its pictures along; those that no
   * turn claims stay.
   *
   * @param pictures how many there are
   * @param withQuery how many of these, the last ones, come with the query
   * @param more of it, behind what the family makes of the question
   */
  PromptTokens prompt(
      PromptTemplate template,
      int pictures,
      int withQuery,
      String query,
      List<Turn> history,
      PromptPart... more) {
    int unclaimed = Shown.unclaimed(pictures, withQuery, history);
    int[] rows = new int[pictures];
    Arrays.fill(rows, sizes().imageTokens());
    List<Turn> told =
        description.remembered(template, history, parts -> tokens.of(parts, rows).length());
    int forgotten = Turn.pictures(history) - Turn.pictures(told);
    Shown shown = Shown.of(pictures - forgotten, withQuery, told);
    List<PromptPart> parts = new ArrayList<>();
    for (PromptPart part :
        description.prompt(template, shown.withQuery(), query, shown.history())) {
      boolean behind =
          part instanceof PromptPart.Picture shownOne && shownOne.number() >= unclaimed;
      parts.add(behind ? ((PromptPart.Picture) part).plus(forgotten) : part);
    }
    Collections.addAll(parts, more);
    return tokens.of(parts, rows);
  }

  /**
   * What a prompt about one picture begins with where its question begins with it, in the form that
   * the model's tasks have (Shikra's may name the picture later); without the picture where context
   * or cache do not hold so much, as other forms may be shorter; without any token where an encoder
   * reads the picture together with the question.
   */
  Prompt picturePrefix() {
    if (sizes().sourceTokens() > 0) {
      return model.plan(PromptTokens.EMPTY);
    }
    PromptTemplate form = description.tasks().describe().template();
    List<PromptPart> parts = description.prompt(form, 1, "", List.of());
    int picture = parts.indexOf(new PromptPart.Picture(0));
    PromptTokens prefix = tokens.of(parts.subList(0, picture + 1), sizes().imageTokens());
    int room = Math.min(info.contextTokens(), info.kvCacheTokens());
    return model.plan(prefix.length() <= room ? prefix : tokens.of(parts.subList(0, 1)));
  }

  /**
   * What the model's encoder makes of a prompt's source, all slices at once; null where it has
   * none.
   *
   * @param pictures of the prompt
   * @return owned by the caller
   */
  @Nullable CrossContext source(
      Ops with, Prompt prompt, List<ImageFeatures> pictures, Trace trace) {
    return prompt.hasSource()
        ? model.beginSource(with, prompt.source(), pictures, trace).complete()
        : null;
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
