package io.fovea.engine;

/**
 * Told what an engine does, for metrics and logs: {@link EngineBuilder#listener}. Each method does
 * nothing unless it is overridden.
 *
 * <p>All is told on the engine's thread, which computes nothing meanwhile: return fast, and never
 * wait for a request here. Only a request that is rejected, whose picture cannot be decoded, or
 * that is cancelled while it waits is told on the thread that called, decoded or cancelled. So
 * {@link #request} may be called by several threads at once.
 *
 * <p>What a listener throws hurts no request: the first time it is logged, and always ignored.
 */
public interface EngineListener {
  /** A forward step has run; told after what came of it. */
  default void step(StepEvent event) {}

  /** A picture is encoded, or was found to be; told before the end of its request. */
  default void encode(EncodeEvent event) {}

  /** A prompt has run; told also of what {@link LocateOptions#presence} asks beside a request. */
  default void prefill(PrefillEvent event) {}

  /**
   * A request has ended: once for each that was rejected or got its place in the queue, those of
   * {@link VisionEngine#warmUp} included. The caller may have the result a moment before. Calls
   * with wrong arguments, or to an engine that has ended, are no requests: they only throw.
   */
  default void request(RequestEvent event) {}
}
