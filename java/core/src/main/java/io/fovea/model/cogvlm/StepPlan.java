package io.fovea.model.cogvlm;

import io.fovea.model.KvCache;
import io.fovea.model.KvSequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward step, in expert-major order: rows [0, visionRows) take the vision expert,
 * the others the language expert, whatever sequences they belong to. Masking goes by a row's slot
 * (its order in the sequence), rotation by its position: in an image all patches share one.
 *
 * @param ids word of each row; rows of images hold the pad id
 * @param positions rotary position of each row
 * @param slots where each row's key and value go: page * 64 + offset
 * @param sequences row of the page table each row belongs to
 * @param rowSlots order of each row in its sequence
 * @param pageTable pages of each sequence, {@code pagesPerSequence} entries each; 0 where it has
 *     fewer
 * @param images rows that are replaced by image features
 * @param pictures rows of sequences with a picture, those of one sequence and expert together
 * @param logitRows rows whose logits are wanted, in the order they were asked for
 */
@SuppressWarnings("ArrayRecordComponent") // made for one step, never compared
public record StepPlan(
    int visionRows,
    int[] ids,
    int[] positions,
    int[] slots,
    int[] sequences,
    int[] rowSlots,
    int[] pageTable,
    int pagesPerSequence,
    List<ImageRows> images,
    List<PictureRows> pictures,
    int[] logitRows) {

  // Page tables grow in steps of 512 slots, so that the next decode step mostly has the same shape.
  private static final int PAGE_ROUNDING = 8;

  /** Rows {@code firstRow..} of the step hold {@code features.rows()[featureRows[i]]}. */
  public record ImageRows(ImageFeatures features, int[] featureRows, int firstRow) {}

  /** Rows {@code [firstRow, firstRow + rows)} belong to a sequence about {@code picture}. */
  public record PictureRows(ImageFeatures picture, int firstRow, int rows) {}

  /** Rows in the step. */
  public int rows() {
    return ids.length;
  }

  /** Collects chunks of sequences into one step. Each sequence may occur once. */
  public static final class Builder {
    private record Chunk(
        KvSequence sequence,
        @Nullable TokenPlan plan,
        int[] ids,
        int count,
        int firstPosition,
        @Nullable ImageFeatures features,
        int logits) {

      /** Row i of the chunk in its sequence. */
      int slot(int i) {
        return sequence.length() + i;
      }

      boolean vision(int i) {
        return plan != null && plan.usesVisionExpert(slot(i));
      }

      boolean image(int i) {
        return plan != null && plan.isImage(slot(i));
      }

      int id(int i) {
        return plan == null ? ids[i] : ids[slot(i)];
      }

      int position(int i) {
        return plan == null ? firstPosition + i : plan.position(slot(i));
      }
    }

    private final List<Chunk> chunks = new ArrayList<>();

    /**
     * Adds the next {@code count} tokens of a prompt.
     *
     * @param sequence cached so far: the prompt's first {@code sequence.length()} tokens; room for
     *     {@code count} more must be reserved
     * @param plan of the whole prompt
     * @param ids of the whole prompt
     * @param features of the prompt's image, or null
     * @param logits for how many of the last rows logits are wanted
     */
    public Builder prompt(
        KvSequence sequence,
        TokenPlan plan,
        int[] ids,
        int count,
        @Nullable ImageFeatures features,
        int logits) {
      chunks.add(new Chunk(sequence, plan, ids, count, 0, features, logits));
      return this;
    }

    /**
     * Adds generated tokens: one in a decode step, several where some were forced.
     *
     * @param firstPosition rotary position of {@code ids[0]}
     * @param features of the image that the sequence began with, or null
     * @param logits for how many of the last rows logits are wanted
     */
    public Builder text(
        KvSequence sequence,
        int[] ids,
        int firstPosition,
        @Nullable ImageFeatures features,
        int logits) {
      chunks.add(new Chunk(sequence, null, ids, ids.length, firstPosition, features, logits));
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
              new int[rows],
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
        int firstFeature = firstImageSlot(chunk);
        int firstVision = nextVision;
        int firstLanguage = nextLanguage;
        ImageRun visionRun = new ImageRun();
        ImageRun languageRun = new ImageRun();
        for (int i = 0; i < chunk.count(); i++) {
          boolean vision = chunk.vision(i);
          int row = vision ? nextVision++ : nextLanguage++;
          plan.ids[row] = chunk.id(i);
          plan.positions[row] = chunk.position(i);
          plan.slots[row] = chunk.sequence().address(chunk.slot(i));
          plan.sequences[row] = s;
          plan.rowSlots[row] = chunk.slot(i);
          if (chunk.image(i)) {
            (vision ? visionRun : languageRun).add(row, chunk.slot(i) - firstFeature);
          }
          if (i >= chunk.count() - chunk.logits()) {
            plan.logitRows[nextLogit++] = row;
          }
        }
        visionRun.addTo(plan.images, chunk.features());
        languageRun.addTo(plan.images, chunk.features());
        addPicture(plan, chunk, firstVision, nextVision);
        addPicture(plan, chunk, firstLanguage, nextLanguage);
        for (int page = 0; page < KvCache.pagesFor(chunk.slot(chunk.count())); page++) {
          plan.pageTable[s * plan.pagesPerSequence + page] =
              chunk.sequence().page(page * KvCache.PAGE_SLOTS);
        }
      }
    }

    private static void addPicture(StepPlan plan, Chunk chunk, int from, int to) {
      if (chunk.features() != null && from < to) {
        plan.pictures.add(new PictureRows(chunk.features(), from, to - from));
      }
    }

    private static int firstImageSlot(Chunk chunk) {
      int slot = 0;
      while (chunk.plan() != null && slot < chunk.plan().length() && !chunk.plan().isImage(slot)) {
        slot++;
      }
      return slot;
    }
  }

  /** Image rows of one chunk that stand together in the step. */
  private static final class ImageRun {
    private final List<Integer> features = new ArrayList<>();
    private int firstRow = -1;

    void add(int row, int feature) {
      if (firstRow < 0) {
        firstRow = row;
      }
      if (row != firstRow + features.size()) {
        throw new IllegalStateException("image rows of a chunk must be contiguous");
      }
      features.add(feature);
    }

    void addTo(List<ImageRows> images, @Nullable ImageFeatures source) {
      if (features.isEmpty()) {
        return;
      }
      if (source == null) {
        throw new IllegalArgumentException("the prompt has image tokens but no features");
      }
      int[] rows = features.stream().mapToInt(Integer::intValue).toArray();
      images.add(new ImageRows(source, rows, firstRow));
    }
  }
}
