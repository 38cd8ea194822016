package io.fovea.engine;

import io.fovea.InvalidRequestException;
import io.fovea.image.PictureNote;
import io.fovea.image.RgbImage;
import io.fovea.model.KvCache;
import io.fovea.model.KvSequence;
import io.fovea.model.cogvlm.ImageFeatures;
import io.fovea.model.cogvlm.StepPlan;
import io.fovea.sampling.Sampler;
import io.fovea.sampling.SamplingOptions;
import io.fovea.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request run with everything written down: the whole prompt in one step, then greedy tokens.
 */
final class TraceWork extends ExclusiveWork<TraceResult> {
  private final LoadedModel model;
  private final @Nullable RgbImage image;
  private final Prompt prompt;
  private final int maxNewTokens;
  private final Path out;
  private final SafetensorsWriter writer = new SafetensorsWriter();

  TraceWork(
      LoadedModel model, @Nullable RgbImage image, Prompt prompt, int maxNewTokens, Path out) {
    super("the trace");
    this.model = model;
    this.image = image;
    this.prompt = prompt;
    this.maxNewTokens = maxNewTokens;
    this.out = out;
  }

  @Override
  int pagesWanted() {
    return KvCache.pagesFor(prompt.length() + maxNewTokens);
  }

  @Override
  TraceResult compute() {
    TraceRecorder recorder = new TraceRecorder(model.ops(), writer);
    try (KvSequence sequence = new KvSequence(model.cache())) {
      sequence.reserve(prompt.length() + maxNewTokens);
      Stepper stepper = new Stepper(model);
      List<Long> generated;
      try (ImageFeatures features = image == null ? null : encode(image, recorder)) {
        prefill(sequence, features, stepper, recorder);
        generated = generate(sequence, features, stepper);
      }
      writer.write(out);
      List<PictureNote> notes = image == null ? List.of() : image.notes();
      return new TraceResult(out, writer.names(), prompt.length(), generated.size(), notes);
    } catch (IOException e) {
      throw new InvalidRequestException(
          "the trace cannot be written to " + out + " (" + e.getMessage() + ")",
          "name a file in a folder that exists and can be written");
    }
  }

  private ImageFeatures encode(RgbImage picture, TraceRecorder recorder) {
    int width = picture.size().width();
    int height = picture.size().height();
    return model.model().encode(model.ops(), picture.rgb(), width, height, recorder);
  }

  private void prefill(
      KvSequence sequence,
      @Nullable ImageFeatures features,
      Stepper stepper,
      TraceRecorder recorder) {
    int rows = prompt.length();
    StepPlan plan =
        new StepPlan.Builder()
            .prompt(sequence, prompt.plan(), prompt.ids(), rows, features, rows)
            .build();
    recorder.sequenceOrder(plan.rowSlots());
    stepper.run(plan, recorder);
    sequence.advance(rows);
    int vocabulary = model.config().vocabSize();
    writer.add("logits", stepper.allLogits(), rows, vocabulary);
    writer.add("input_ids", longs(prompt.ids()), rows);
    byte[] types = prompt.plan().types();
    long[] typeIds = new long[rows];
    Arrays.setAll(typeIds, t -> types[t]);
    writer.add("token_type_ids", typeIds, rows);
    writer.add("position_ids", longs(prompt.plan().positions()), rows);
  }

  private List<Long> generate(
      KvSequence sequence, @Nullable ImageFeatures features, Stepper stepper) {
    List<Long> generated = new ArrayList<>();
    Sampler sampler = new Sampler(SamplingOptions.greedy(), model.config().vocabSize());
    FloatBuffer logits = stepper.logits(prompt.length() - 1);
    int position = prompt.plan().position(prompt.length() - 1);
    while (generated.size() < maxNewTokens) {
      requireWanted();
      int id = sampler.next(logits);
      generated.add((long) id);
      if (model.endTokens().contains(id) || generated.size() == maxNewTokens) {
        break;
      }
      position++;
      stepper.run(
          new StepPlan.Builder().text(sequence, new int[] {id}, position, features, 1).build());
      sequence.advance(1);
      logits = stepper.logits(0);
    }
    if (maxNewTokens > 0) {
      long[] ids = generated.stream().mapToLong(Long::longValue).toArray();
      writer.add("generated_ids", ids, ids.length);
    }
    return generated;
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }
}
