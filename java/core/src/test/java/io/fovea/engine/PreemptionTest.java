package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.engine.StepComposer.Share;
import io.fovea.image.DecodingRoom;
import io.fovea.model.KvSequence;
import io.fovea.model.StepPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that gives its pages up at any step gets the tokens it would have got. */
class PreemptionTest {
  @ParameterizedTest
  @CsvSource({
    "head112/caption, false",
    "head112/caption, true",
    "cogvlm2/keys6_3/vqa, true",
    "cogagent/cross64/gui_task, true"
  })
  void anyStepMayBeTheLastBeforeABreak(String name, boolean forgets) {
    GoldenCase golden = GoldenCase.read(name);
    try (FoveaEngine engine = golden.engine().build();
        EncodedImage image = engine.encode(Objects.requireNonNull(golden.input()))) {
      String expected = engine.chat(golden.request(image)).text();
      for (int breakAt = 1; breakAt <= golden.maxNewTokens() + 1; breakAt++) {
        assertThat(run(golden, breakAt, forgets)).as("break at %d", breakAt).isEqualTo(expected);
      }
    }
  }

  /**
   * Runs the request by hand.
   *
   * @param forgets whether its pages are overwritten during the break
   */
  private static String run(GoldenCase golden, int breakAt, boolean forgets) {
    try (LoadedModel model = ModelLoader.load(golden.options())) {
      ImageStore store = new ImageStore(() -> {});
      EncodeWork encode =
          new EncodeWork(model, store, new DecodingRoom(1), EncodeOptions.defaults());
      encode.take(golden.decoded());
      FairShare fair = new FairShare(Map.of());
      StepComposer composer = new StepComposer(model.cache(), fair, 8, 16);
      Stepper stepper = new Stepper(model);
      fair.join(encode);
      encode.begin();
      while (encode.hasSlice()) {
        encode.slice();
      }
      while (!encode.isDone()) {
        step(composer, stepper, encode);
      }
      EncodedImage image = encode.result().join();
      GenerateWork work = new Requests(model, store).chat(golden.request(image), token -> {});
      fair.join(work);
      work.begin();
      for (int step = 0; !work.isDone(); step++) {
        if (step == breakAt) {
          Objects.requireNonNull(Rows.of(work)).leave();
          assertThat(model.cache().freePages()).isEqualTo(model.cache().pages());
          if (forgets) {
            overwriteAll(model);
          }
        }
        step(composer, stepper, work);
      }
      String text = work.result().join().text();
      work.release();
      image.close();
      store.freeUnused();
      return text;
    }
  }

  private static void step(StepComposer composer, Stepper stepper, Work work) {
    List<Share> shares = composer.compose(List.of(work));
    assertThat(shares).hasSize(1);
    int rows = shares.get(0).rows();
    SequenceRun run = Objects.requireNonNull(Rows.of(work));
    StepPlan.Builder plan = new StepPlan.Builder(1);
    run.addTo(plan, rows);
    boolean logits = run.wantsLogits(rows);
    stepper.run(plan.build(), logits ? List.of(((GenerateWork) work).choice()) : List.of());
    run.advance(rows);
    ((Rows) work).proceed(logits ? stepper.chosen(0) : null);
  }

  private static void overwriteAll(LoadedModel model) {
    List<KvSequence> hogs = new ArrayList<>();
    while (model.cache().freePages() > 0) {
      KvSequence hog = new KvSequence(model.cache());
      hog.reserve(64);
      hogs.add(hog);
    }
    assertThat(model.cache().cachedPages()).isZero();
    hogs.forEach(KvSequence::close);
  }
}
