package io.fovea.model.cogvlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fovea.model.KvCache;
import io.fovea.model.KvSequence;
import io.fovea.nativeops.NativeOps;
import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StepPlanTest {
  private static final int PAGES = 64;

  private NativeOps ops;
  private KvCache cache;

  @BeforeEach
  void open() {
    ops = NativeOps.open(DeviceKind.CPU, 0, 1);
    cache = new KvCache(ops.memory(), 1, PAGES, 1, 2, DType.F32);
  }

  @AfterEach
  void close() {
    cache.close();
    ops.close();
  }

  @Test
  void visionRowsFirstWhateverTheSequence() {
    byte[] types = {0, 1, 1, 1, 0, 0};
    int[] ids = {1, 0, 0, 0, 50, 51};
    ImageFeatures features = features(3);
    ImageFeatures other = features(4);
    KvSequence image = sequence(0);
    KvSequence text = sequence(70);
    StepPlan plan =
        new StepPlan.Builder()
            .text(text, new int[] {90, 91}, 40, other, 1)
            .prompt(image, TokenPlan.of(types), ids, 6, features, 1)
            .build();
    assertThat(plan.visionRows()).isEqualTo(2); // begin marker and the one patch
    assertThat(plan.ids()).containsExactly(0, 0, 90, 91, 1, 0, 50, 51);
    assertThat(plan.sequences()).containsExactly(1, 1, 0, 0, 1, 1, 1, 1);
    assertThat(plan.rowSlots()).containsExactly(1, 2, 70, 71, 0, 3, 4, 5);
    assertThat(plan.positions()).containsExactly(1, 2, 40, 41, 0, 3, 4, 5);
    assertThat(plan.logitRows()).containsExactly(3, 7);
    assertThat(plan.pagesPerSequence()).isEqualTo(8);
    assertThat(plan.images())
        .extracting(StepPlan.ImageRows::firstRow, rows -> box(rows.featureRows()))
        .containsExactly(tuple(0, List.of(0, 1)), tuple(5, List.of(2)));
    assertThat(plan.pictures())
        .containsExactly(
            new StepPlan.PictureRows(other, 2, 2),
            new StepPlan.PictureRows(features, 0, 2),
            new StepPlan.PictureRows(features, 4, 4));
  }

  private static List<Integer> box(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void imageTokensNeedFeatures() {
    TokenPlan plan = TokenPlan.of(new byte[] {0, 1, 1, 1});
    StepPlan.Builder builder =
        new StepPlan.Builder().prompt(sequence(0), plan, new int[4], 4, null, 1);
    assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class);
  }

  /** Prompts cut anywhere, beside others: every row keeps its token, slot, position and expert. */
  @Test
  void anyCutAndAnyCompany() {
    long seed = 5;
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      List<KvSequence> open = new ArrayList<>();
      List<int[]> rowsOf = new ArrayList<>();
      List<@Nullable ImageFeatures> pictures = new ArrayList<>();
      StepPlan.Builder builder = new StepPlan.Builder();
      List<Wanted> wanted = new ArrayList<>();
      for (int s = 0; s < 1 + random.nextInt(4); s++) {
        int image = random.nextBoolean() ? 0 : 3 + random.nextInt(18);
        Prompt prompt = Prompt.of(random, image);
        int cached = random.nextInt(prompt.ids().length);
        int count = 1 + random.nextInt(prompt.ids().length - cached);
        KvSequence sequence = sequence(cached);
        open.add(sequence);
        rowsOf.add(new int[] {cached, count});
        pictures.add(image == 0 ? null : features(20));
        builder.prompt(sequence, prompt.plan(), prompt.ids(), count, pictures.get(s), 1);
        for (int slot = cached; slot < cached + count; slot++) {
          wanted.add(Wanted.of(prompt, s, slot, sequence));
        }
      }
      StepPlan plan = builder.build();
      List<Wanted> found = new ArrayList<>();
      for (int row = 0; row < plan.rows(); row++) {
        found.add(Wanted.of(plan, row));
      }
      assertThat(found)
          .as("seed %d round %d", seed, round)
          .containsExactlyInAnyOrderElementsOf(wanted);
      for (int s = 0; s < open.size(); s++) {
        int last = plan.logitRows()[s];
        assertThat(plan.sequences()[last]).isEqualTo(s);
        assertThat(plan.rowSlots()[last]).isEqualTo(rowsOf.get(s)[0] + rowsOf.get(s)[1] - 1);
      }
      assertThat(picturesByRow(plan))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(
              IntStream.of(plan.sequences()).mapToObj(pictures::get).toList());
      open.forEach(KvSequence::close);
      pictures.stream().filter(Objects::nonNull).forEach(ImageFeatures::close);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  /** The picture of each row, null where it has none; no row may be listed twice. */
  private static List<@Nullable ImageFeatures> picturesByRow(StepPlan plan) {
    @Nullable ImageFeatures[] pictures = new ImageFeatures[plan.rows()];
    for (StepPlan.PictureRows rows : plan.pictures()) {
      for (int row = rows.firstRow(); row < rows.firstRow() + rows.rows(); row++) {
        assertThat(pictures[row]).isNull();
        pictures[row] = rows.picture();
      }
    }
    return Arrays.asList(pictures);
  }

  private ImageFeatures features(int rows) {
    return new ImageFeatures(ops.memory().allocate(DType.F32, rows, 2), List.of());
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Prompt(int[] ids, byte[] types, TokenPlan plan) {
    static Prompt of(Random random, int image) {
      byte[] types = new byte[1 + image + random.nextInt(70)];
      Arrays.fill(types, 1, 1 + image, TokenPlan.VISION);
      int[] ids = random.ints(types.length, 0, 1000).toArray();
      return new Prompt(ids, types, TokenPlan.of(types));
    }
  }

  /** What one row must be, or is; {@code feature} -1 where it is a word. */
  private record Wanted(
      int sequence, int slot, int id, int position, int address, boolean vision, int feature) {
    static Wanted of(Prompt prompt, int s, int slot, KvSequence sequence) {
      boolean image = prompt.types()[slot] == TokenPlan.VISION;
      return new Wanted(
          s,
          slot,
          prompt.ids()[slot],
          prompt.plan().position(slot),
          sequence.address(slot),
          prompt.plan().usesVisionExpert(slot),
          image ? slot - 1 : -1);
    }

    static Wanted of(StepPlan plan, int row) {
      int address = plan.slots()[row];
      int s = plan.sequences()[row];
      int slot = plan.rowSlots()[row];
      int page = plan.pageTable()[s * plan.pagesPerSequence() + slot / KvCache.PAGE_SLOTS];
      assertThat(address).isEqualTo(page * KvCache.PAGE_SLOTS + slot % KvCache.PAGE_SLOTS);
      return new Wanted(
          s,
          slot,
          plan.ids()[row],
          plan.positions()[row],
          address,
          row < plan.visionRows(),
          feature(plan, row));
    }

    private static int feature(StepPlan plan, int row) {
      StepPlan.@Nullable ImageRows hit = null;
      for (StepPlan.ImageRows rows : plan.images()) {
        if (row >= rows.firstRow() && row < rows.firstRow() + rows.featureRows().length) {
          hit = rows;
        }
      }
      return hit == null ? -1 : hit.featureRows()[row - hit.firstRow()];
    }
  }

  /** A sequence with {@code cached} tokens and room for a hundred more. */
  private KvSequence sequence(int cached) {
    KvSequence sequence = new KvSequence(cache);
    sequence.reserve(cached + 100);
    sequence.advance(cached);
    return sequence;
  }
}
