package io.fovea.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener whose failures hurt nobody: the first is logged, all are ignored. */
final class QuietListener implements EngineListener {
  private static final Logger LOG = LoggerFactory.getLogger(EngineListener.class);

  private final EngineListener listener;
  private final AtomicBoolean failed = new AtomicBoolean();

  QuietListener(EngineListener listener) {
    this.listener = listener;
  }

  @Override
  public void step(StepEvent event) {
    tell(EngineListener::step, event);
  }

  @Override
  public void encode(EncodeEvent event) {
    tell(EngineListener::encode, event);
  }

  @Override
  public void prefill(PrefillEvent event) {
    tell(EngineListener::prefill, event);
  }

  @Override
  public void request(RequestEvent event) {
    tell(EngineListener::request, event);
  }

  private <E> void tell(BiConsumer<EngineListener, E> method, E event) {
    try {
      method.accept(listener, event);
    } catch (Throwable e) { // a missing class, too: whatever is wrong with it is not the engine's
      if (failed.compareAndSet(false, true)) {
        LOG.warn(
            "listener {} failed; from now on its failures are ignored silently",
            listener.getClass().getName(),
            e);
      }
    }
  }
}
