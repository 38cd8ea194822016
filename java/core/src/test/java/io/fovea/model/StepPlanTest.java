package io.fovea.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fovea.nativeops.NativeOps;
import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    int[] pictures = {-1, 0, 0, 0, -1, -1};
    boolean[] vision = {false, true, true, false, false, false};
    int[] positions = {0, 1, 2, 3, 4, 5};
    int[] ids = {1, 0, 0, 0, 50, 51};
    Prompt prompt = new Prompt(ids, TokenPlan.of(vision, pictures, positions));
    ImageFeatures features = features(3);
    ImageFeatures other = features(4);
    KvSequence image = sequence(0);
    KvSequence text = sequence(70);
    StepPlan plan =
        new StepPlan.Builder(1)
            .text(text, new int[] {90, 91}, 40, other.context(), 1)
            .prompt(image, prompt, 6, List.of(features), features.context(), 1)
            .build();
    assertThat(plan.visionRows()).isEqualTo(2); // begin marker and the one patch
    assertThat(plan.ids()).containsExactly(0, 0, 90, 91, 1, 0, 50, 51);
    assertThat(plan.sequences()).containsExactly(1, 1, 0, 0, 1, 1, 1, 1);
    assertThat(plan.rowSlots()).containsExactly(1, 2, 70, 71, 0, 3, 4, 5);
    assertThat(plan.positions()[0]).containsExactly(1, 2, 40, 41, 0, 3, 4, 5);
    assertThat(plan.logitRows()).containsExactly(3, 7);
    assertThat(plan.pagesPerSequence()).isEqualTo(8);
    assertThat(plan.images())
        .extracting(StepPlan.ImageRows::firstRow, rows -> box(rows.featureRows()))
        .containsExactlyInAnyOrder(tuple(0, List.of(0, 1)), tuple(5, List.of(2)));
    assertThat(plan.contexts())
        .containsExactly(
            new StepPlan.ContextRows(requireNonNull(other.context()), 2, 2),
            new StepPlan.ContextRows(requireNonNull(features.context()), 0, 2),
            new StepPlan.ContextRows(requireNonNull(features.context()), 4, 4));
  }

  private static List<Integer> box(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void imageTokensNeedFeatures() {
    Prompt prompt = new Prompt(new int[4], TokenPlan.counting(new int[] {-1, 0, 0, 0}, 0));
    StepPlan.Builder builder =
        new StepPlan.Builder(1).prompt(sequence(0), prompt, 4, List.of(), null, 1);
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
      List<List<ImageFeatures>> pictures = new ArrayList<>();
      int axes = 1 + random.nextInt(3);
      StepPlan.Builder builder = new StepPlan.Builder(axes);
      List<@Nullable CrossContext> contexts = new ArrayList<>();
      List<Wanted> wanted = new ArrayList<>();
      for (int s = 0; s < 1 + random.nextInt(4); s++) {
        Prompt prompt = prompt(random, axes);
        int cached = random.nextInt(prompt.ids().length);
        int count = 1 + random.nextInt(prompt.ids().length - cached);
        KvSequence sequence = sequence(cached);
        open.add(sequence);
        rowsOf.add(new int[] {cached, count});
        pictures.add(List.of(features(20), features(20)));
        CrossContext context = random.nextBoolean() ? null : pictures.get(s).get(0).context();
        contexts.add(context);
        builder.prompt(sequence, prompt, count, pictures.get(s), context, 1);
        for (int slot = cached; slot < cached + count; slot++) {
          wanted.add(Wanted.of(prompt, pictures.get(s), s, slot, sequence));
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
      assertThat(contextsByRow(plan))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(
              IntStream.of(plan.sequences()).mapToObj(contexts::get).toList());
      open.forEach(KvSequence::close);
      pictures.stream().flatMap(List::stream).forEach(ImageFeatures::close);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  /** The context of each row, null where it has none; no row may be listed twice. */
  private static List<@Nullable CrossContext> contextsByRow(StepPlan plan) {
    @Nullable CrossContext[] contexts = new CrossContext[plan.rows()];
    for (StepPlan.ContextRows rows : plan.contexts()) {
      for (int row = rows.firstRow(); row < rows.firstRow() + rows.rows(); row++) {
        assertThat(contexts[row]).isNull();
        contexts[row] = rows.context();
      }
    }
    return Arrays.asList(contexts);
  }

  private ImageFeatures features(int rows) {
    return new ImageFeatures(
        ops.memory().allocate(DType.F32, rows, 2), new CrossContext(List.of()));
  }

  /** Two pictures, perhaps side by side, of up to 20 rows; some of these take the vision expert. */
  private static Prompt prompt(Random random, int axes) {
    PromptTokens tokens = PromptTokens.EMPTY;
    for (int picture = 0; picture < 2; picture++) {
      tokens =
          tokens
              .words(random.ints(random.nextInt(40), 0, 1000).toArray())
              .picture(picture, new int[random.nextInt(21)]);
    }
    tokens = tokens.words(random.ints(1 + random.nextInt(40), 0, 1000).toArray());
    boolean[] vision = new boolean[tokens.length()];
    int ends = random.nextInt(20); // the last row of a picture may be text's
    for (int t = 0; t < vision.length; t++) {
      vision[t] = tokens.pictures()[t] != TokenPlan.NONE && random.nextInt(20) > ends;
    }
    int[][] positions = new int[axes][];
    Arrays.setAll(positions, axis -> random.ints(vision.length, 0, 500).toArray());
    return new Prompt(tokens.ids(), TokenPlan.of(vision, tokens.pictures(), positions));
  }

  /** What one row must be, or is; no features where it is a word. */
  private record Wanted(
      int sequence,
      int slot,
      int id,
      List<Integer> position,
      int address,
      boolean vision,
      @Nullable ImageFeatures features,
      int featureRow) {
    static Wanted of(
        Prompt prompt, List<ImageFeatures> pictures, int s, int slot, KvSequence sequence) {
      TokenPlan plan = prompt.plan();
      int picture = plan.picture(slot);
      int first = slot;
      while (picture != TokenPlan.NONE && first > 0 && plan.picture(first - 1) == picture) {
        first--;
      }
      return new Wanted(
          s,
          slot,
          prompt.ids()[slot],
          IntStream.range(0, plan.axes()).mapToObj(axis -> plan.position(axis, slot)).toList(),
          sequence.address(slot),
          plan.usesVisionExpert(slot),
          picture == TokenPlan.NONE ? null : pictures.get(picture),
          slot - first);
    }

    static Wanted of(StepPlan plan, int row) {
      int address = plan.slots()[row];
      int s = plan.sequences()[row];
      int slot = plan.rowSlots()[row];
      int page = plan.pageTable()[s * plan.pagesPerSequence() + slot / KvCache.PAGE_SLOTS];
      assertThat(address).isEqualTo(page * KvCache.PAGE_SLOTS + slot % KvCache.PAGE_SLOTS);
      StepPlan.ImageRows image = image(plan, row);
      return new Wanted(
          s,
          slot,
          plan.ids()[row],
          Arrays.stream(plan.positions()).map(axis -> axis[row]).toList(),
          address,
          row < plan.visionRows(),
          image == null ? null : image.features(),
          image == null ? 0 : image.featureRows()[row - image.firstRow()]);
    }

    private static StepPlan.@Nullable ImageRows image(StepPlan plan, int row) {
      StepPlan.ImageRows hit = null;
      for (StepPlan.ImageRows rows : plan.images()) {
        if (row >= rows.firstRow() && row < rows.firstRow() + rows.featureRows().length) {
          assertThat(hit).isNull();
          hit = rows;
        }
      }
      return hit;
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
