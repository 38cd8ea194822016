package io.fovea.family;

import io.fovea.ProgressListener;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.BoxNotation;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.TextGrammar;
import io.fovea.model.ConfigObject;
import io.fovea.model.Encoding;
import io.fovea.model.FloatTensors;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.StepPlan;
import io.fovea.model.TokenPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.weights.StoredShapes;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of model that nothing else knows: each token's own embedding decides what follows it, and
 * a picture is its patches. Letters: V vocabulary, D width, N patches, P patch side, R rows.
 */
public final class ToyFamily implements ModelFamily {
  static final int V = 640;
  static final int D = 16;
  static final int SIDE = 8;
  static final int P = 4;
  static final int N = SIDE / P * (SIDE / P);

  @Override
  public String displayName() {
    return "Toy";
  }

  @Override
  public String architecture() {
    return "ToyForCausalLM";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  @Override
  public ModelDescription read(ConfigObject config, StoredShapes stored) {
    return new Description(this, config.size("context"));
  }

  private record Description(ModelFamily family, int context) implements ModelDescription {
    @Override
    public ModelSizes sizes() {
      ModelSizes.Scratch scratch = new ModelSizes.Scratch(8 * D, 8 * N * D, 0, N * D);
      return new ModelSizes(D, 1, 1, D, V, context, SIDE, P, N, 0, 1, 1, scratch);
    }

    @Override
    public TokenNeeds tokens() {
      return new TokenNeeds(
          TokenizerFormat.SENTENCE_PIECE, "the toy's tokenizer.model", null, List.of(), null, null);
    }

    @Override
    public boolean answersWithoutPicture() {
      return true;
    }

    @Override
    public PromptTemplate template() {
      return PromptTemplate.BASE;
    }

    /** Pictures come after what they came with. */
    @Override
    public List<PromptPart> prompt(
        PromptTemplate template, int pictures, String query, List<Turn> history) {
      List<PromptPart> parts = new ArrayList<>(List.of(new PromptPart.Begin()));
      int shown = 0;
      for (Turn turn : history) {
        parts.add(new PromptPart.Text(turn.question()));
        shown = show(parts, shown, turn.pictures());
        parts.add(new PromptPart.Text(turn.answer()));
      }
      parts.add(new PromptPart.Text(query));
      show(parts, shown, pictures);
      return parts;
    }

    private static int show(List<PromptPart> parts, int shown, int more) {
      for (int number = shown; number < shown + more; number++) {
        parts.add(new PromptPart.Picture(number));
      }
      return shown + more;
    }

    @Override
    public Tasks tasks() {
      return new ToyTasks(new CogVlmTasks());
    }

    @Override
    public GroundingDialect dialect() {
      return new CogVlmDialect();
    }

    @Override
    public BoxGrammar grammar(Tokenizer tokenizer) {
      return new TextGrammar(BoxNotation.COGVLM, tokenizer::encode);
    }

    @Override
    public VisionLanguageModel load(
        Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
      Tensor table = weights.get("embed.weight", V, D);
      return new Model(
          sizes(),
          dtype,
          FloatTensors.allocate(ops, new float[] {0, 0, 0, 1, 1, 1}, 6).tensor(),
          ops.pack(weights.linear("patches", D, 3 * P * P), null, null, dtype),
          ops.matrix(table, dtype),
          ops.pack(weights.linear("head", V, D), null, null, dtype));
    }
  }

  /** CogVLM's, but for answers with boxes that begin with the phrase. */
  private record ToyTasks(Tasks usual) implements Tasks {
    @Override
    public Task locate(String phrase) {
      return new Task(usual.locate(phrase).query(), PromptTemplate.BASE, phrase + ":");
    }

    @Override
    public Task describe() {
      return usual.describe();
    }

    @Override
    public Task ask(String question) {
      return usual.ask(question);
    }

    @Override
    public YesNo presence(String phrase) {
      return usual.presence(phrase);
    }
  }

  private record Model(
      ModelSizes sizes, DType dtype, Tensor meanStd, Linear patches, Tensor table, Linear head)
      implements VisionLanguageModel {
    @Override
    public Prompt plan(PromptTokens tokens) {
      return new Prompt(tokens.ids(), TokenPlan.counting(tokens.pictures(), 0));
    }

    @Override
    public Encoding<ImageFeatures> beginEncoding(
        Ops ops, byte[] rgb, int width, int height, Trace trace) {
      return new Patches(this, ops, rgb, width, height);
    }

    @Override
    public Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace) {
      Tensor logits = ops.scratch(DType.F32, plan.logitRows().length, V);
      ops.frame(
          () -> {
            Tensor x = ops.scratch(dtype, plan.rows(), D);
            ops.embedRowsInto(table, ops.ints(plan.ids()), x);
            for (StepPlan.ImageRows image : plan.images()) {
              int first = image.firstRow();
              Tensor rows = x.rows(first, first + image.featureRows().length);
              ops.gatherRowsInto(image.features().rows(), ops.ints(image.featureRows()), rows);
            }
            if (plan.logitRows().length > 0) {
              Tensor last = ops.scratch(dtype, plan.logitRows().length, D);
              ops.gatherRowsInto(x, ops.ints(plan.logitRows()), last);
              ops.linearInto(last, head, logits);
            }
          });
      return logits;
    }
  }

  /** One slice. */
  private static final class Patches implements Encoding<ImageFeatures> {
    private final Model model;
    private final Ops ops;
    private final byte[] rgb;
    private final int width;
    private final int height;
    private int done;
    private DeviceMemory.@Nullable Allocation rows;

    Patches(Model model, Ops ops, byte[] rgb, int width, int height) {
      this.model = model;
      this.ops = ops;
      this.rgb = rgb;
      this.width = width;
      this.height = height;
    }

    @Override
    public int slices() {
      return 1;
    }

    @Override
    public int done() {
      return done;
    }

    @Override
    public boolean advance() {
      DeviceMemory.Allocation made = ops.memory().allocate(model.dtype(), N, D);
      ops.frame(
          () ->
              ops.linearInto(
                  ops.imagePatches(
                      ops.pixels(rgb, width, height),
                      model.meanStd(),
                      Ops.Fit.STRETCH,
                      SIDE,
                      P,
                      model.dtype()),
                  model.patches(),
                  made.tensor()));
      rows = made;
      done++;
      return false;
    }

    @Override
    public ImageFeatures result() {
      DeviceMemory.Allocation given = rows;
      if (given == null) {
        throw new IllegalStateException("nothing to give");
      }
      rows = null;
      return new ImageFeatures(given, null);
    }

    @Override
    public void close() {
      if (rows != null) {
        rows.close();
        rows = null;
      }
    }
  }
}
