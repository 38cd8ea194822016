package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.NativeFaultException;
import io.fovea.RequestRejectedException;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What listeners are told, and that they are told it once. */
@Timeout(120)
class EngineListenerTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());
  private static final ImageInput NO_PICTURE = ImageInput.of(new byte[] {1, 2, 3});

  private final Heard heard = new Heard();

  private EngineBuilder builder() {
    return GOLDEN.engine().listener(heard);
  }

  private static GenerationOptions brief(String caller) {
    return GenerationOptions.builder().maxNewTokens(4).caller(caller).build();
  }

  @Test
  void aListenerMayCloseTheEngine() {
    CompletableFuture<FoveaEngine> engine = new CompletableFuture<>();
    AtomicLong took = new AtomicLong(Long.MAX_VALUE);
    EngineListener closing =
        new EngineListener() {
          @Override
          public void step(StepEvent event) {
            long begun = System.nanoTime();
            engine.join().close();
            took.set(System.nanoTime() - begun);
          }
        };
    try (FoveaEngine opened = builder().listener(closing).build()) {
      engine.complete(opened);
      assertThatThrownBy(() -> opened.chat(endless("a")))
          .isInstanceOf(GenerationCancelledException.class);
      assertThat(took.get()).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }
  }

  private static ChatRequest endless(String caller) {
    return hello(LONG.toBuilder().caller(caller).build());
  }

  private static ChatRequest hello(GenerationOptions options) {
    return ChatRequest.textOnly("hello").options(options).build();
  }

  private static EncodeOptions by(String caller) {
    return EncodeOptions.builder().caller(caller).build();
  }

  /** An endless request that has begun. */
  private CompletableFuture<Answer> occupy(FoveaEngine engine, String caller) {
    int begun = heard.prefills.size();
    CompletableFuture<Answer> running = engine.chatAsync(endless(caller));
    EngineTest.await(() -> heard.prefills.size() > begun);
    return running;
  }

  @Test
  void eachKindIsToldWithTheFiguresOfItsAnswer(@TempDir Path folder) {
    try (FoveaEngine engine = builder().build();
        EncodedImage image = engine.encode(PICTURE, by("picture"))) {
      GenerationOptions urgent = brief("ask").toBuilder().priority(Priority.HIGH).build();
      Answer asked = engine.ask(image, "What?", urgent);
      Caption described = engine.caption(image, brief("caption"));
      LocateOptions one = LocateOptions.builder().maxBoxes(1).caller("locate").build();
      Grounding held = engine.locate(image, "it", one);
      LocateOptions free =
          one.toBuilder().constrained(false).maxNewTokens(4).caller("free").build();
      Grounding written = engine.locate(image, "it", free);
      engine.diagnostics().trace(List.of(), hello(brief("x")), 0, folder.resolve("trace"));

      RequestEvent ask = heard.of("ask");
      assertWhole(ask, RequestKind.CHAT, asked.finish(), asked.usage(), asked.timings());
      assertThat(ask.priority()).isEqualTo(Priority.HIGH);
      assertThat(ask.usage().cachedTokens()).isPositive();
      RequestEvent caption = heard.of("caption");
      assertWhole(
          caption, RequestKind.CAPTION, described.finish(), described.usage(), described.timings());
      RequestEvent locate = heard.of("locate");
      assertWhole(locate, RequestKind.LOCATE, held.finish(), held.usage(), held.timings());
      assertThat(locate.priority()).isEqualTo(Priority.NORMAL);
      assertThat(locate.usage().forcedTokens()).isPositive();
      RequestEvent freely = heard.of("free");
      assertWhole(freely, RequestKind.LOCATE, written.finish(), written.usage(), written.timings());
      assertThat(heard.of("picture").kind()).isEqualTo(RequestKind.ENCODE);
      assertThat(heard.of("picture").outcome()).isEqualTo(RequestOutcome.COMPLETED);
      assertThat(heard.of("picture").finish()).isNull();
      assertThat(heard.of("picture").timings().queued())
          .isPositive()
          .isLessThan(heard.of("picture").duration());
      assertThat(heard.of(null).kind()).isEqualTo(RequestKind.DIAGNOSIS);
      assertThat(heard.ends).hasSize(6).allMatch(Heard.End::onEngineThread);
    }
  }

  private static void assertWhole(
      RequestEvent told, RequestKind kind, FinishReason finish, Usage usage, Timings timings) {
    assertThat(told.kind()).isEqualTo(kind);
    assertThat(told.outcome()).isEqualTo(RequestOutcome.COMPLETED);
    assertThat(told.error()).isNull();
    assertThat(told.finish()).isEqualTo(finish);
    assertThat(told.usage()).isEqualTo(usage);
    assertThat(told.timings()).isEqualTo(timings);
    assertThat(told.duration())
        .isGreaterThanOrEqualTo(timings.queued().plus(timings.prefill()).plus(timings.decode()));
  }

  @Test
  void picturesStepsAndPrefillsAddUp() {
    try (FoveaEngine engine = builder().build();
        EncodedImage image = engine.encode(PICTURE);
        EncodedImage again = engine.encode(PICTURE)) {
      Answer answer = engine.ask(image, "What?", brief("ask"));
      heard.of("ask");
      assertThat(heard.encodes).hasSize(2).allMatch(each -> each.size().equals(again.size()));
      EncodeEvent first = heard.encodes.remove();
      assertThat(first.reused()).isFalse();
      assertThat(first.sliceTime()).isPositive().isLessThan(image.encodeTime());
      assertThat(first.duration()).isGreaterThan(image.encodeTime());
      EncodeEvent second = heard.encodes.remove();
      assertThat(second.reused()).isTrue();
      assertThat(second.sliceTime()).isZero();
      assertThat(second.duration()).isPositive();

      PrefillEvent prefill = heard.prefills.remove();
      assertThat(heard.prefills).isEmpty(); // pictures have no answer
      assertThat(prefill.promptTokens()).isEqualTo(answer.usage().promptTokens());
      assertThat(prefill.cachedTokens()).isEqualTo(answer.usage().cachedTokens()).isPositive();
      assertThat(prefill.duration()).isEqualTo(answer.timings().prefill());

      EngineTest.await(() -> engine.stats().running() == 0);
      EngineStats stats = engine.stats();
      assertThat(heard.steps).hasSize((int) stats.steps());
      assertThat(heard.steps.stream().mapToLong(StepEvent::promptRows).sum())
          .isEqualTo(stats.promptTokens());
      assertThat(heard.steps.stream().mapToLong(StepEvent::rows).sum())
          .isEqualTo(stats.promptTokens() + stats.completionTokens());
      assertThat(heard.steps).allMatch(step -> step.requests() == 1 && !step.duration().isZero());
    }
  }

  @Test
  void whatIsAskedBesideARequestIsNone() {
    try (FoveaEngine engine = builder().build();
        EncodedImage image = engine.encode(PICTURE)) {
      LocateOptions asking =
          LocateOptions.builder().maxBoxes(1).presence(PresenceCheck.REPORT).caller("x").build();
      assertThat(engine.locate(image, "it", asking).presence()).isNotNull();
      assertThat(heard.of("x").kind()).isEqualTo(RequestKind.LOCATE);
      assertThat(heard.prefills).hasSize(2); // both have prompts
      EngineTest.await(() -> engine.stats().running() == 0);
      assertThat(engine.stats().completed()).isEqualTo(2);
    }
    assertThat(heard.ends).hasSize(2);
  }

  @Test
  void stepsTellHowManyTookPart() {
    try (FoveaEngine engine = builder().build()) {
      List<CompletableFuture<Answer>> both =
          List.of(engine.chatAsync(endless("a")), engine.chatAsync(endless("b")));
      EngineTest.await(() -> heard.steps.stream().anyMatch(step -> step.requests() == 2));
      both.forEach(each -> each.cancel(true));
    }
    assertThat(heard.steps).allMatch(step -> step.requests() <= 2);
  }

  @Test
  void cancelledOnesAreToldWithWhatTheyTook() {
    try (FoveaEngine engine = builder().maxRunning(1).build()) {
      CompletableFuture<Answer> running = occupy(engine, "running");
      CompletableFuture<Answer> waiting = engine.chatAsync(endless("waiting"));
      waiting.cancel(true);
      Heard.End withdrawn = heard.end("waiting");
      assertThat(withdrawn.thread()).isSameAs(Thread.currentThread());
      assertNeverBegan(withdrawn.event(), RequestOutcome.CANCELLED);
      running.cancel(true);
      Heard.End stopped = heard.end("running");
      assertThat(stopped.onEngineThread()).isTrue();
      assertThat(stopped.event().outcome()).isEqualTo(RequestOutcome.CANCELLED);
      assertThat(stopped.event().finish()).isEqualTo(FinishReason.CANCELLED);
      assertThat(stopped.event().error()).isNull();
      assertThat(stopped.event().usage().completionTokens()).isPositive();
      assertThat(stopped.event().timings().prefill()).isPositive();
    }
    assertThat(heard.ends).hasSize(2);
  }

  private static void assertNeverBegan(RequestEvent told, RequestOutcome outcome) {
    assertThat(told.outcome()).isEqualTo(outcome);
    assertThat(told.finish()).isNull();
    assertThat(told.usage()).isEqualTo(Usage.builder().build());
    assertThat(told.duration()).isPositive();
    assertThat(told.timings()).isEqualTo(Timings.builder().queued(told.duration()).build());
  }

  @Test
  void lateOnesAreToldWithWhatTheyTook() {
    Duration soon = Duration.ofMillis(60);
    try (FoveaEngine engine = builder().maxRunning(1).build()) {
      GenerationOptions hasty = LONG.toBuilder().deadline(soon).caller("running").build();
      engine.chatAsync(hello(hasty));
      RequestEvent running = heard.of("running");
      assertThat(running.outcome()).isEqualTo(RequestOutcome.LATE);
      assertThat(running.finish()).isEqualTo(FinishReason.DEADLINE);
      assertThat(running.error()).isNull();
      assertThat(running.duration()).isGreaterThanOrEqualTo(soon);
      CompletableFuture<Answer> endless = occupy(engine, "endless");
      TokenStream stream = engine.stream(hello(hasty.toBuilder().caller("waiting").build()));
      assertNeverBegan(heard.of("waiting"), RequestOutcome.LATE);
      assertThat(heard.end("waiting").onEngineThread()).isTrue();
      // Its answer, too, says that it did nothing but wait.
      Timings timings = ((TokenEvent.Done) stream.iterator().next()).answer().timings();
      assertThat(timings.queued()).isGreaterThanOrEqualTo(soon);
      assertThat(timings.prefill()).isZero();
      EncodeOptions tooShort = by("picture").toBuilder().deadline(Duration.ofNanos(1)).build();
      assertThatThrownBy(() -> engine.encode(PICTURE, tooShort)).isNotNull();
      assertNeverBegan(heard.of("picture"), RequestOutcome.LATE);
      assertThat(heard.of("picture").error()).isNull();
      endless.cancel(true);
      EngineTest.await(() -> engine.stats().late() == 3);
    }
    assertThat(heard.ends).hasSize(4);
  }

  @Test
  void rejectedOnesAreToldOnTheirOwnThread() {
    try (FoveaEngine engine = builder().maxRunning(1).queueCapacity(2).build();
        EncodedImage image = engine.encode(PICTURE, by("picture"))) {
      occupy(engine, "running");
      engine.chatAsync(endless("waiting"));
      engine.chatAsync(endless("waiting too"));
      Throwable thrown = catchThrowable(() -> engine.chat(hello(brief("called"))));
      assertThat(thrown).isInstanceOf(RequestRejectedException.class);
      Heard.End called = heard.end("called");
      assertThat(called.thread()).isSameAs(Thread.currentThread());
      assertNeverBegan(called.event(), RequestOutcome.REJECTED);
      assertThat(called.event().error()).isSameAs(thrown);
      engine.chatAsync(hello(brief("later")));
      assertNeverBegan(heard.of("later"), RequestOutcome.REJECTED);
      engine.encodeAsync(PICTURE, by("another"));
      assertNeverBegan(heard.of("another"), RequestOutcome.REJECTED);
      engine.locateAsync(image, List.of("a", "b"), LocateOptions.builder().caller("batch").build());
      assertThat(heard.endsOf("batch"))
          .hasSize(2)
          .allMatch(end -> end.event().outcome() == RequestOutcome.REJECTED);
      EngineTest.await(() -> engine.stats().rejected() == 5);
    }
    assertThat(heard.endsOf("running")).hasSize(1);
    assertThat(heard.ends).hasSize(9);
  }

  @Test
  void whoIsInterruptedWhileTheQueueIsFullHasCancelled() {
    Duration patient = Duration.ofMinutes(1);
    try (FoveaEngine engine = builder().maxRunning(1).queueCapacity(1).queueWait(patient).build()) {
      occupy(engine, "running");
      engine.chatAsync(endless("waiting"));
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> engine.chat(hello(brief("interrupted"))))
          .isInstanceOf(GenerationCancelledException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertNeverBegan(heard.of("interrupted"), RequestOutcome.CANCELLED);
      assertThat(heard.of("interrupted").error()).isNull();
    }
  }

  @Test
  void aDeadlineEndsTheWaitForRoomToo() {
    Duration patient = Duration.ofDays(1);
    GenerationOptions hasty = brief("late").toBuilder().deadline(Duration.ofMillis(20)).build();
    try (FoveaEngine engine = builder().maxRunning(1).queueCapacity(1).queueWait(patient).build()) {
      occupy(engine, "running");
      engine.chatAsync(endless("waiting"));
      assertThatThrownBy(() -> engine.chat(hello(hasty)))
          .isInstanceOf(DeadlineExceededException.class)
          .hasMessageContaining("queue was full");
      assertNeverBegan(heard.of("late"), RequestOutcome.LATE);
    }
  }

  @Test
  void picturesThatCannotBeDecodedHaveFailed() {
    try (FoveaEngine engine = builder().build()) {
      Throwable thrown = catchThrowable(() -> engine.encode(NO_PICTURE, by("called")));
      assertThat(thrown).isInstanceOf(ImageException.class);
      assertNeverBegan(heard.of("called"), RequestOutcome.FAILED);
      assertThat(heard.of("called").error()).isSameAs(thrown);
      engine.encodeAsync(NO_PICTURE, by("later"));
      assertThat(heard.of("later").error()).isInstanceOf(ImageException.class);
      EngineTest.await(() -> engine.stats().failed() == 2);
    }
    assertThat(heard.ends).hasSize(2);
  }

  @Test
  void aPictureThatNoThreadDecodesHasFailed() {
    RejectedExecutionException full = new RejectedExecutionException("full");
    try (FoveaEngine engine =
        builder()
            .executor(
                task -> {
                  throw full;
                })
            .build()) {
      engine.encodeAsync(PICTURE, by("picture"));
      assertNeverBegan(heard.of("picture"), RequestOutcome.FAILED);
      assertThat(heard.of("picture").error()).isSameAs(full);
    }
    assertThat(heard.ends).hasSize(1);
  }

  @Test
  void closingTellsOfAllThatIsLeft() {
    FoveaEngine engine = builder().maxRunning(1).build();
    try (engine) {
      occupy(engine, "running");
      engine.chatAsync(endless("waiting"));
      engine.encodeAsync(PICTURE, by("picture"));
    }
    assertThat(heard.of("running").outcome()).isEqualTo(RequestOutcome.CANCELLED);
    assertThat(heard.of("waiting").outcome()).isEqualTo(RequestOutcome.CANCELLED);
    heard.of("picture"); // encoded, cancelled or too late for a place: once
    assertThat(heard.ends).hasSize(3);
  }

  /** Boxes and the question beside them are one request, which ends with the later of the two. */
  @Test
  void whatIsToldIsWhatTheCallerGot() {
    List<RequestOutcome> told = new CopyOnWriteArrayList<>();
    EngineListener slow =
        new EngineListener() {
          @Override
          public void request(RequestEvent event) {
            if (event.kind() == RequestKind.LOCATE) {
              told.add(event.outcome());
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(600)); // longer than the deadline
            }
          }
        };
    LocateOptions both =
        LocateOptions.builder()
            .maxBoxes(1)
            .presence(PresenceCheck.REPORT)
            .deadline(Duration.ofMillis(500))
            .build();
    try (FoveaEngine engine = builder().maxRunning(1).listener(slow).build();
        EncodedImage image = engine.encode(PICTURE)) {
      RequestOutcome got = RequestOutcome.COMPLETED;
      try {
        engine.locate(image, "a cat", both);
      } catch (DeadlineExceededException e) {
        got = RequestOutcome.LATE;
      }
      EngineTest.await(() -> !told.isEmpty()); // which may be a moment after the result
      assertThat(told).containsExactly(got);
    }
  }

  @Test
  void severalWorksEndOnceAndAsTheWorst() {
    IdleWork request = IdleWork.of(null);
    NativeFaultException fault = new NativeFaultException("broken");
    SharedEnd end = new SharedEnd(request, 3);
    assertThat(end.after(RequestOutcome.CANCELLED, null)).isNull();
    assertThat(end.after(RequestOutcome.FAILED, fault)).isNull();
    assertThat(end.after(RequestOutcome.COMPLETED, null))
        .isEqualTo(new SharedEnd.Told(request, RequestOutcome.FAILED, fault));
  }

  @Test
  void callsThatOnlyThrowAreNoRequests() {
    FoveaEngine engine = builder().queueCapacity(1).build();
    try (engine;
        EncodedImage image = engine.encode(PICTURE)) {
      assertThatThrownBy(() -> engine.locate(image, " "))
          .isInstanceOf(InvalidRequestException.class);
      assertThatThrownBy(() -> engine.locate(image, List.of("a", "b")))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("queueCapacity");
    }
    assertThatThrownBy(() -> engine.chat(hello(brief("x"))))
        .isInstanceOf(EngineClosedException.class);
    assertThatThrownBy(() -> engine.encode(PICTURE)).isInstanceOf(EngineClosedException.class);
    assertThat(heard.outcomes()).containsExactly(RequestOutcome.COMPLETED); // the picture
  }
}
