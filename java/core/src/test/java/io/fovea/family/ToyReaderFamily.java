package io.fovea.family;

import io.fovea.ProgressListener;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.GroundingDialect;
import io.fovea.model.ConfigObject;
import io.fovea.model.CrossContext;
import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.StepPlan;
import io.fovea.model.TokenPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.text.Tokenizer;
import io.fovea.weights.StoredShapes;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * A toy whose encoder reads the question and its picture as a whole, one slice a token, and whose
 * decoder looks at what was read: keys are the source's embeddings, values a linear map of them.
 * Letters as in {@link ToyFamily}; U tokens of the source.
 */
public final class ToyReaderFamily implements ModelFamily {
  static final int MOST = 96;
  private static final float SOFT = 0.1f; // every token of the source counts
  private static final int D = ToyFamily.D;
  private static final int V = ToyFamily.V;

  @Override
  public String displayName() {
    return "Toy reader";
  }

  @Override
  public String architecture() {
    return "ToyReaderForConditionalGeneration";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  @Override
  public ModelDescription read(ConfigObject config, StoredShapes stored) {
    return new Description(this, new ToyFamily().read(config, stored));
  }

  /** The toy's in all but its prompts and its sizes. */
  private record Description(ModelFamily family, ModelDescription toy) implements ModelDescription {
    @Override
    public ModelSizes sizes() {
      ModelSizes all = toy.sizes();
      return new ModelSizes(
          D,
          1,
          1,
          D,
          V,
          all.contextTokens(),
          ToyFamily.SIDE,
          ToyFamily.P,
          ToyFamily.N,
          MOST,
          1,
          1,
          all.scratch());
    }

    @Override
    public TokenNeeds tokens() {
      return toy.tokens();
    }

    @Override
    public boolean answersWithoutPicture() {
      return true;
    }

    @Override
    public PromptTemplate template() {
      return toy.template();
    }

    @Override
    public List<PromptPart> prompt(
        PromptTemplate template, int pictures, String query, List<Turn> history) {
      List<PromptPart> parts = new ArrayList<>(toy.prompt(template, pictures, query, history));
      parts.add(new PromptPart.EndOfSource());
      parts.add(new PromptPart.Begin());
      return parts;
    }

    @Override
    public Tasks tasks() {
      return toy.tasks();
    }

    @Override
    public GroundingDialect dialect() {
      return toy.dialect();
    }

    @Override
    public BoxGrammar grammar(Tokenizer tokenizer) {
      return toy.grammar(tokenizer);
    }

    @Override
    public VisionLanguageModel load(
        Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress) {
      return new Model(
          sizes(),
          toy.load(ops, weights, dtype, contextTokens, progress),
          ops.matrix(weights.get("embed.weight", V, D), dtype),
          ops.pack(weights.linear("values", D, D), null, null, dtype),
          ops.pack(weights.linear("head", V, D), null, null, dtype));
    }
  }

  private record Model(
      ModelSizes sizes, VisionLanguageModel toy, Tensor table, Linear values, Linear head)
      implements VisionLanguageModel {
    @Override
    public DType dtype() {
      return toy.dtype();
    }

    @Override
    public Prompt plan(PromptTokens tokens) {
      PromptTokens target = tokens.target();
      return new Prompt(
          tokens.first(tokens.source()), target.ids(), TokenPlan.counting(target.pictures(), 0));
    }

    @Override
    public Encoding<ImageFeatures> beginEncoding(
        Ops ops, byte[] rgb, int width, int height, Trace trace) {
      return toy.beginEncoding(ops, rgb, width, height, trace);
    }

    @Override
    public Encoding<CrossContext> beginSource(
        Ops ops, PromptTokens source, List<ImageFeatures> pictures, Trace trace) {
      return new Reading(this, ops, source, pictures);
    }

    @Override
    public Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace) {
      Tensor logits = ops.scratch(DType.F32, plan.logitRows().length, V);
      ops.frame(
          () -> {
            Tensor x = ops.scratch(dtype(), plan.rows(), D);
            ops.embedRowsInto(table, ops.ints(plan.ids()), x);
            for (StepPlan.ContextRows rows : plan.contexts()) {
              Tensor own = x.rows(rows.firstRow(), rows.firstRow() + rows.rows());
              Tensor seen = rows.context().keysValues(0); // [2, U, D]
              Tensor keys = seen.rows(0, 1).swapAxes(0, 1);
              Tensor looked =
                  ops.attention(own.heads(1), keys, seen.rows(1, 2).swapAxes(0, 1), SOFT);
              ops.addInPlace(own, looked.reshape(rows.rows(), D));
            }
            if (plan.logitRows().length > 0) {
              Tensor last = ops.scratch(dtype(), plan.logitRows().length, D);
              ops.gatherRowsInto(x, ops.ints(plan.logitRows()), last);
              ops.linearInto(last, head, logits);
            }
          });
      return logits;
    }
  }

  private enum Kept {
    SEEN // [2, U, D]
  }

  /** One token a slice, so that much can happen between the first and the last. */
  private static final class Reading extends SlicedEncoding<Kept, CrossContext> {
    Reading(Model model, Ops ops, PromptTokens source, List<ImageFeatures> pictures) {
      super(ops, model.dtype(), Kept.class);
      int all = source.length();
      int[] pictureRows = new int[all];
      for (int t = 0; t < all; t++) {
        int row = t;
        boolean more = t > 0 && source.pictures()[t] == source.pictures()[t - 1];
        pictureRows[t] = more ? pictureRows[t - 1] + 1 : 0;
        add(
            () -> {
              Tensor seen = row == 0 ? keep(Kept.SEEN, 2, all, D) : tensor(Kept.SEEN);
              Tensor key = seen.rows(0, 1).reshape(all, D).rows(row, row + 1);
              int picture = source.pictures()[row];
              if (picture == TokenPlan.NONE) {
                ops.embedRowsInto(model.table(), ops.ints(new int[] {source.ids()[row]}), key);
              } else {
                Tensor rows = pictures.get(picture).rows();
                ops.gatherRowsInto(rows, ops.ints(new int[] {pictureRows[row]}), key);
              }
              Tensor value = seen.rows(1, 2).reshape(all, D).rows(row, row + 1);
              ops.linearInto(key, model.values(), value);
            });
      }
    }

    @Override
    protected CrossContext made() {
      return new CrossContext(List.of(take(Kept.SEEN)));
    }
  }
}
