package io.fovea.engine;

import io.fovea.InvalidRequestException;
import io.fovea.decoding.Decoding;
import io.fovea.image.PictureNote;
import io.fovea.image.RgbImage;
import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.Prompt;
import io.fovea.model.TokenPlan;
import io.fovea.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One request run with everything written down: the whole prompt in one step, then greedy tokens.
 */
final class TraceWork extends ExclusiveWork<TraceResult> {
  private final LoadedModel model;
  private final List<RgbImage> images;
  private final Prompt prompt;
  private final int maxNewTokens;
  private final Path out;
  private final SafetensorsWriter writer = new SafetensorsWriter();

  TraceWork(LoadedModel model, List<RgbImage> images, Prompt prompt, int maxNewTokens, Path out) {
    super("the trace");
    this.model = model;
    this.images = List.copyOf(images);
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
    List<Long> generated;
    List<ImageFeatures> features = new ArrayList<>();
    try {
      for (int i = 0; i < images.size(); i++) {
        recorder.picture(i);
        features.add(encode(images.get(i), recorder));
      }
      recorder.picture(0); // what else is recorded belongs to none
      try (CrossContext source = model.source(model.ops(), prompt, features, recorder);
          SoloRun run = new SoloRun(model, prompt, features, source)) {
        generated = generate(run, prefill(run, recorder));
      }
    } finally {
      features.forEach(ImageFeatures::close);
    }
    List<List<PictureNote>> notes = images.stream().map(RgbImage::notes).toList();
    try {
      writer.write(out);
    } catch (IOException e) {
      throw new InvalidRequestException(
          "the trace cannot be written to " + out + " (" + e.getMessage() + ")",
          "name a file in a folder that exists and can be written");
    }
    return new TraceResult(out, writer.names(), prompt.length(), generated.size(), notes);
  }

  private ImageFeatures encode(RgbImage picture, TraceRecorder recorder) {
    int width = picture.size().width();
    int height = picture.size().height();
    return model.model().encode(model.ops(), picture.rgb(), width, height, recorder);
  }

  private Decoding.Next prefill(SoloRun run, TraceRecorder recorder) {
    Stepper stepper = new Stepper(model, model.ops(), recorder);
    Decoding.Next first =
        run.promptInOneStep(stepper, plan -> recorder.sequenceOrder(plan.rowSlots()));
    int rows = prompt.length();
    writer.add("logits", stepper.allLogits(), rows, model.sizes().vocabSize());
    writer.add("input_ids", longs(prompt.ids()), rows);
    if (prompt.hasSource()) {
      writer.add("source_ids", longs(prompt.source().ids()), prompt.source().length());
    }
    long[] typeIds = new long[rows];
    Arrays.setAll(typeIds, t -> prompt.plan().picture(t) == TokenPlan.NONE ? 0 : 1);
    writer.add("token_type_ids", typeIds, rows);
    writer.add("position_ids", longs(prompt.plan().positions(0)), rows);
    return first;
  }

  private List<Long> generate(SoloRun run, Decoding.Next first) {
    List<Long> generated = new ArrayList<>();
    Stepper stepper = new Stepper(model);
    Decoding.Next next = first;
    while (generated.size() < maxNewTokens) {
      generated.add((long) next.chosen());
      if (next.end() || generated.size() == maxNewTokens) {
        break;
      }
      requireWanted();
      next = Objects.requireNonNull(run.step(stepper, 1));
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
