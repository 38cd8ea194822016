package io.fovea.engine;

import java.time.Duration;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * What the engine tells Flight Recorder. A step has the thread to itself, so its event lasts as
 * long as it did; the others overlap, so theirs are points in time, with times as fields.
 */
final class JfrEvents {
  /** Each asked whether a recording wants its like, never committed. */
  static final Step STEP = new Step();

  static final Encode ENCODE = new Encode();
  static final Prefill PREFILL = new Prefill();
  static final Request REQUEST = new Request();

  private JfrEvents() {}

  /** {@link StepEvent}. */
  @Name("io.fovea.Step")
  @Label("Step")
  @Category("Fovea")
  @Description("A forward step of the language model")
  @StackTrace(false)
  static final class Step extends Event {
    @Label("Rows")
    @Description("A token each")
    int rows;

    @Label("Prompt Rows")
    int promptRows;

    @Label("Requests")
    @Description("That took part")
    int requests;
  }

  /** {@link EncodeEvent}. */
  @Name("io.fovea.Encode")
  @Label("Encode")
  @Category("Fovea")
  @Description("A picture is encoded")
  @StackTrace(false)
  static final class Encode extends Event {
    @Label("Width")
    @Description("Pixels, as given")
    int width;

    @Label("Height")
    @Description("Pixels, as given")
    int height;

    @Label("Reused")
    @Description("The same picture was open already")
    boolean reused;

    @Label("Slice Time")
    @Description("What its slices took of the engine's thread")
    @Timespan
    long sliceTime;

    @Label("Elapsed Time")
    @Description("From the call to the end")
    @Timespan
    long elapsed;
  }

  /** {@link PrefillEvent}. */
  @Name("io.fovea.Prefill")
  @Label("Prefill")
  @Category("Fovea")
  @Description("The first token of an answer is there")
  @StackTrace(false)
  static final class Prefill extends Event {
    @Label("Prompt Tokens")
    int promptTokens;

    @Label("Cached Tokens")
    @Description("Of the prompt's, those that were not computed")
    int cachedTokens;

    @Label("Elapsed Time")
    @Description("From the beginning of the work to the first token")
    @Timespan
    long elapsed;
  }

  /** {@link RequestEvent}. */
  @Name("io.fovea.Request")
  @Label("Request")
  @Category("Fovea")
  @Description("A request has ended")
  @StackTrace(false)
  static final class Request extends Event {
    @Label("Kind")
    @Nullable String kind;

    @Label("Outcome")
    @Nullable String outcome;

    @Label("Priority")
    @Nullable String priority;

    @Label("Caller")
    @Nullable String caller;

    @Label("Error")
    @Nullable String error;

    @Label("Finish Reason")
    @Nullable String finish;

    @Label("Prompt Tokens")
    int promptTokens;

    @Label("Image Tokens")
    @Description("Of the prompt's, the picture's")
    int imageTokens;

    @Label("Cached Tokens")
    @Description("Of the prompt's, those that were not computed")
    int cachedTokens;

    @Label("Completion Tokens")
    @Description("Chosen by the model")
    int completionTokens;

    @Label("Forced Tokens")
    @Description("Those that the box grammar left no choice about")
    int forcedTokens;

    @Label("Queued")
    @Description("From the call until work began")
    @Timespan
    long queued;

    @Label("Prefill")
    @Description("From the beginning of the work to the first token")
    @Timespan
    long prefill;

    @Label("Decode")
    @Description("From the first token to the end")
    @Timespan
    long decode;

    @Label("Elapsed Time")
    @Description("From the call to the end")
    @Timespan
    long elapsed;
  }

  /** A step that begins now, or null where no recording wants it. */
  static @Nullable Step beginStep() {
    if (!STEP.isEnabled()) {
      return null;
    }
    Step step = new Step();
    step.begin();
    return step;
  }

  static void commit(EncodeEvent event) {
    if (ENCODE.isEnabled()) {
      Encode encode = new Encode();
      encode.width = event.size().width();
      encode.height = event.size().height();
      encode.reused = event.reused();
      encode.sliceTime = event.sliceTime().toNanos();
      encode.elapsed = event.duration().toNanos();
      encode.commit();
    }
  }

  static void commit(PrefillEvent event) {
    if (PREFILL.isEnabled()) {
      Prefill prefill = new Prefill();
      prefill.promptTokens = event.promptTokens();
      prefill.cachedTokens = event.cachedTokens();
      prefill.elapsed = event.duration().toNanos();
      prefill.commit();
    }
  }

  static void commit(RequestEvent event) {
    if (REQUEST.isEnabled()) {
      Request request = new Request();
      request.kind = event.kind().name();
      request.outcome = event.outcome().name();
      request.priority = event.priority().name();
      request.caller = event.caller();
      request.error = event.error() == null ? null : event.error().toString();
      request.finish = event.finish() == null ? null : event.finish().name();
      setUsage(request, event.usage());
      setTimings(request, event.timings(), event.duration());
      request.commit();
    }
  }

  private static void setUsage(Request request, Usage usage) {
    request.promptTokens = usage.promptTokens();
    request.imageTokens = usage.imageTokens();
    request.cachedTokens = usage.cachedTokens();
    request.completionTokens = usage.completionTokens();
    request.forcedTokens = usage.forcedTokens();
  }

  private static void setTimings(Request request, Timings timings, Duration elapsed) {
    request.queued = timings.queued().toNanos();
    request.prefill = timings.prefill().toNanos();
    request.decode = timings.decode().toNanos();
    request.elapsed = elapsed.toNanos();
  }
}
