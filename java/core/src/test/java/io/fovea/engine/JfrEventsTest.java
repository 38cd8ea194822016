package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import io.fovea.image.ImageInput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Flight Recorder gets, without a listener. */
@Timeout(120)
class JfrEventsTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  @TempDir Path folder;

  private List<RecordedEvent> dump(Recording recording) throws IOException {
    Path file = folder.resolve("engine.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .sorted(
            Comparator.comparing(RecordedEvent::getStartTime)) // threads' buffers come as they come
        .toList();
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(each -> each.getEventType().getName().equals(name)).toList();
  }

  @Test
  void aRecordingHasWhatTheEngineDid() throws IOException {
    GenerationOptions brief =
        GenerationOptions.builder().maxNewTokens(4).caller("tenant-7").build();
    List<RecordedEvent> events;
    Answer answer;
    EngineStats stats;
    try (FoveaEngine engine = GOLDEN.engine().build();
        Recording recording = new Recording()) {
      recording.start(); // after the engine: events that were off go on
      try (EncodedImage image = engine.encode(PICTURE)) {
        answer = engine.ask(image, "What?", brief);
      }
      EngineTest.await(() -> engine.stats().completed() == 2); // told on another thread
      assertThatThrownBy(() -> engine.encode(ImageInput.of(new byte[] {1})))
          .isInstanceOf(ImageException.class);
      EngineTest.await(() -> engine.stats().running() == 0 && engine.stats().failed() == 1);
      stats = engine.stats();
      recording.stop();
      events = dump(recording);
    }
    assertSteps(named(events, "io.fovea.Step"), stats);
    assertEncode(named(events, "io.fovea.Encode"));
    assertPrefill(named(events, "io.fovea.Prefill"), answer);
    assertRequests(named(events, "io.fovea.Request"), answer);
  }

  private static void assertSteps(List<RecordedEvent> steps, EngineStats stats) {
    assertThat(steps).hasSize((int) stats.steps());
    assertThat(sum(steps, "promptRows")).isEqualTo(stats.promptTokens());
    assertThat(sum(steps, "rows")).isEqualTo(stats.promptTokens() + stats.completionTokens());
    assertThat(steps)
        .allSatisfy(
            step -> {
              assertThat(step.getInt("requests")).isEqualTo(1);
              assertThat(step.getDuration()).isPositive();
              assertThat(step.getThread().getJavaName()).isEqualTo("fovea-engine");
              assertThat(step.getStackTrace()).isNull();
              assertThat(step.getEventType().getCategoryNames()).containsExactly("Fovea");
            });
  }

  private static long sum(List<RecordedEvent> events, String field) {
    return events.stream().mapToLong(each -> each.getInt(field)).sum();
  }

  private static void assertEncode(List<RecordedEvent> encodes) {
    assertThat(encodes).hasSize(1);
    RecordedEvent encode = encodes.get(0);
    assertThat(encode.getInt("width")).isEqualTo(GOLDEN.decoded().size().width());
    assertThat(encode.getInt("height")).isEqualTo(GOLDEN.decoded().size().height());
    assertThat(encode.getBoolean("reused")).isFalse();
    assertThat(encode.getDuration("sliceTime"))
        .isPositive()
        .isLessThan(encode.getDuration("elapsed"));
  }

  private static void assertPrefill(List<RecordedEvent> prefills, Answer answer) {
    assertThat(prefills).hasSize(1);
    RecordedEvent prefill = prefills.get(0);
    assertThat(prefill.getInt("promptTokens")).isEqualTo(answer.usage().promptTokens());
    assertThat(prefill.getInt("cachedTokens")).isEqualTo(answer.usage().cachedTokens());
    assertThat(prefill.getDuration("elapsed")).isEqualTo(answer.timings().prefill());
  }

  private static void assertRequests(List<RecordedEvent> requests, Answer answer) {
    assertThat(requests).hasSize(3);
    assertThat(requests)
        .extracting(each -> each.getString("kind") + " " + each.getString("outcome"))
        .containsExactly("ENCODE COMPLETED", "CHAT COMPLETED", "ENCODE FAILED");
    RecordedEvent chat = requests.get(1);
    assertThat(chat.getString("caller")).isEqualTo("tenant-7");
    assertThat(chat.getString("priority")).isEqualTo("NORMAL");
    assertThat(chat.getString("finish")).isEqualTo(answer.finish().name());
    assertThat(chat.getString("error")).isNull();
    Usage usage = answer.usage();
    assertThat(
            Stream.of(
                    "promptTokens",
                    "imageTokens",
                    "cachedTokens",
                    "completionTokens",
                    "forcedTokens")
                .map(chat::getInt))
        .containsExactly(
            usage.promptTokens(),
            usage.imageTokens(),
            usage.cachedTokens(),
            usage.completionTokens(),
            usage.forcedTokens());
    Timings timings = answer.timings();
    assertThat(Stream.of("queued", "prefill", "decode").map(chat::getDuration))
        .containsExactly(timings.queued(), timings.prefill(), timings.decode());
    assertThat(chat.getDuration("elapsed"))
        .isGreaterThanOrEqualTo(timings.queued().plus(timings.prefill()).plus(timings.decode()));
    RecordedEvent failed = requests.get(2);
    assertThat(failed.getString("error")).startsWith(ImageException.class.getName());
    assertThat(failed.getString("caller")).isNull();
    assertThat(failed.getString("finish")).isNull();
  }

  @Test
  void aRecordingLeavesOutWhatItDoesNotWant() throws IOException {
    try (FoveaEngine engine = GOLDEN.engine().build();
        Recording recording = new Recording()) {
      recording.disable("io.fovea.Request");
      recording.disable("io.fovea.Prefill");
      recording.enable("io.fovea.Step").withThreshold(Duration.ofHours(1));
      recording.start();
      engine.encode(PICTURE).close();
      engine.askTextOnly("What?", GenerationOptions.builder().maxNewTokens(4).build());
      EngineTest.await(() -> engine.stats().running() == 0 && engine.stats().completed() == 2);
      recording.stop();
      assertThat(dump(recording).stream().map(each -> each.getEventType().getName()))
          .filteredOn(name -> name.startsWith("io.fovea."))
          .containsExactly("io.fovea.Encode");
    }
    assertThat(JfrEvents.ENCODE.isEnabled()).isFalse();
    assertThat(JfrEvents.beginStep()).isNull();
  }
}
