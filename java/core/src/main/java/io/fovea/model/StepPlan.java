package io.fovea.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward step, in expert-major order: rows [0, visionRows) take the vision expert,
 * the others the language expert, whatever sequences they belong to; a model with one set of
 * weights has no vision rows. Masking goes by a row's slot (its order in the sequence), rotation by
 * its position. Letters: R rows.
 *
 * @param ids [R], word of each row; rows of pictures hold the filler
 * @param positions [axes][R], position of each row
 * @param slots [R], where each row's key and value go: page * 64 + offset
 * @param sequences [R], row of the page table each row belongs to
 * @param rowSlots [R], order of each row in its sequence
 * @param pageTable pages of each sequence, {@code pagesPerSequence} entries each; 0 where it has
 *     fewer
 * @param images rows that are replaced by features of pictures
 * @param contexts rows of sequences with a cross-attention context, those of one sequence and
 *     expert together
 * @param logitRows rows whose logits are wanted, in the order they were asked for
 */
@SuppressWarnings("ArrayRecordComponent") // made for one step, never compared
public record StepPlan(
    int visionRows,
    int[] ids,
    int[][] positions,
    int[] slots,
    int[] sequences,
    int[] rowSlots,
    int[] pageTable,
    int pagesPerSequence,
    List<ImageRows> images,
    List<ContextRows> contexts,
    int[] logitRows) {

  // Page tables grow in steps of 512 slots, so that the next decode step mostly has the same shape.
  private static final int PAGE_ROUNDING = 8;

  /** Rows {@code firstRow..} of the step hold {@code features.rows()[featureRows[i]]}. */
  public record ImageRows(ImageFeatures features, int[] featureRows, int firstRow) {}

  /**
   * Rows {@code [firstRow, firstRow + rows)} belong to a sequence that attends to {@code context}.
   */
  public record ContextRows(CrossContext context, int firstRow, int rows) {}

  /** Rows in the step. */
  public int rows() {
    return ids.length;
  }

  /** Collects chunks of sequences into one step. Each sequence may occur once. */
  public static final class Builder {
    /**
     * @param prompt null for generated tokens
     * @param ids of these, else unused
     * @param firstPosition of these, on all axes
     */
    private record Chunk(
        KvSequence sequence,
        @Nullable Prompt prompt,
        int[] ids,
        int count,
        int firstPosition,
        List<ImageFeatures> pictures,
        @Nullable CrossContext context,
        int logits) {

      /** Row i of the chunk in its sequence. */
      int slot(int i) {
        return sequence.length() + i;
      }

      boolean vision(int i) {
        return prompt != null && prompt.plan().usesVisionExpert(slot(i));
      }

      int picture(int i) {
        return prompt == null ? TokenPlan.NONE : prompt.plan().picture(slot(i));
      }

      int pictureRow(int i) {
        return prompt == null ? 0 : prompt.plan().pictureRow(slot(i));
      }

      int id(int i) {
        return prompt == null ? ids[i] : prompt.ids()[slot(i)];
      }

      int position(int axis, int i) {
        return prompt == null ? firstPosition + i : prompt.plan().position(axis, slot(i));
      }
    }

    private final int axes;
    private final List<Chunk> chunks = new ArrayList<>();

    /**
     * An empty step.
     *
     * @param axes coordinates of a position
     */
    public Builder(int axes) {
      this.axes = axes;
    }

    /**
     * Adds the next {@code count} tokens of a prompt.
     *
     * @param sequence cached so far: the prompt's first {@code sequence.length()} tokens; room for
     *     {@code count} more must be reserved
     * @param pictures of the prompt, in the order of their numbers
     * @param context what the sequence attends to besides itself, or null
     * @param logits for how many of the last rows logits are wanted
     */
    public Builder prompt(
        KvSequence sequence,
        Prompt prompt,
        int count,
        List<ImageFeatures> pictures,
        @Nullable CrossContext context,
        int logits) {
      chunks.add(new Chunk(sequence, prompt, new int[0], count, 0, pictures, context, logits));
      return this;
    }

    /**
     * Adds generated tokens: one in a decode step, several where some were forced.
     *
     * @param firstPosition of {@code ids[0]}, on all axes
     * @param context what the sequence attends to besides itself, or null
     * @param logits for how many of the last rows logits are wanted
     */
    public Builder text(
        KvSequence sequence,
        int[] ids,
        int firstPosition,
        @Nullable CrossContext context,
        int logits) {
      chunks.add(
          new Chunk(sequence, null, ids, ids.length, firstPosition, List.of(), context, logits));
      return this;
    }

    /** Lays the rows out, vision expert first. */
    public StepPlan build() {
      int rows = chunks.stream().mapToInt(Chunk::count).sum();
      int vision = 0;
      int logits = 0;
      int pages = 1;
      for (Chunk chunk : chunks) {
        for (int i = 0; i < chunk.count(); i++) {
          vision += chunk.vision(i) ? 1 : 0;
        }
        logits += chunk.logits();
        pages = Math.max(pages, KvCache.pagesFor(chunk.slot(chunk.count())));
      }
      pages = (pages + PAGE_ROUNDING - 1) / PAGE_ROUNDING * PAGE_ROUNDING;
      StepPlan plan =
          new StepPlan(
              vision,
              new int[rows],
              new int[axes][rows],
              new int[rows],
              new int[rows],
              new int[rows],
              new int[chunks.size() * pages],
              pages,
              new ArrayList<>(),
              new ArrayList<>(),
              new int[logits]);
      fill(plan);
      return plan;
    }

    private void fill(StepPlan plan) {
      int nextVision = 0;
      int nextLanguage = plan.visionRows;
      int nextLogit = 0;
      for (int s = 0; s < chunks.size(); s++) {
        Chunk chunk = chunks.get(s);
        int firstVision = nextVision;
        int firstLanguage = nextLanguage;
        ImageRuns visionRuns = new ImageRuns(plan.images, chunk.pictures());
        ImageRuns languageRuns = new ImageRuns(plan.images, chunk.pictures());
        for (int i = 0; i < chunk.count(); i++) {
          boolean vision = chunk.vision(i);
          int row = vision ? nextVision++ : nextLanguage++;
          plan.ids[row] = chunk.id(i);
          for (int axis = 0; axis < axes; axis++) {
            plan.positions[axis][row] = chunk.position(axis, i);
          }
          plan.slots[row] = chunk.sequence().address(chunk.slot(i));
          plan.sequences[row] = s;
          plan.rowSlots[row] = chunk.slot(i);
          (vision ? visionRuns : languageRuns).add(row, chunk.picture(i), chunk.pictureRow(i));
          if (i >= chunk.count() - chunk.logits()) {
            plan.logitRows[nextLogit++] = row;
          }
        }
        visionRuns.end();
        languageRuns.end();
        addContext(plan, chunk, firstVision, nextVision);
        addContext(plan, chunk, firstLanguage, nextLanguage);
        for (int page = 0; page < KvCache.pagesFor(chunk.slot(chunk.count())); page++) {
          plan.pageTable[s * plan.pagesPerSequence + page] =
              chunk.sequence().page(page * KvCache.PAGE_SLOTS);
        }
      }
    }

    private static void addContext(StepPlan plan, Chunk chunk, int from, int to) {
      if (chunk.context() != null && from < to) {
        plan.contexts.add(new ContextRows(chunk.context(), from, to - from));
      }
    }
  }

  /** Rows of pictures of one chunk and expert; what stands together in the step is one entry. */
  private static final class ImageRuns {
    private final List<ImageRows> images;
    private final List<ImageFeatures> pictures;
    private int picture = TokenPlan.NONE; // of the run under way
    private int firstRow;
    private int[] featureRows = new int[0];
    private int length;

    ImageRuns(List<ImageRows> images, List<ImageFeatures> pictures) {
      this.images = images;
      this.pictures = pictures;
    }

    /**
     * The next row of this expert, whatever it is.
     *
     * @param newPicture whose features it stands for, or NONE
     */
    void add(int row, int newPicture, int featureRow) {
      if (newPicture != picture || row != firstRow + length) {
        end();
        picture = newPicture;
        firstRow = row;
      }
      if (newPicture != TokenPlan.NONE) {
        if (length == featureRows.length) {
          featureRows = Arrays.copyOf(featureRows, Math.max(16, 2 * length));
        }
        featureRows[length++] = featureRow;
      }
    }

    void end() {
      if (length > 0) {
        if (picture >= pictures.size()) {
          throw new IllegalArgumentException("the prompt has rows of a picture but no features");
        }
        int[] rows = Arrays.copyOf(featureRows, length);
        images.add(new ImageRows(pictures.get(picture), rows, firstRow));
      }
      picture = TokenPlan.NONE;
      length = 0;
    }
  }
}
