package io.fovea.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.Assertions;

/** Requests whose observation has ended. */
final class StoppedContexts implements ObservationHandler<InferenceContext> {
  private final List<Observation.Context> contexts = new CopyOnWriteArrayList<>();

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof InferenceContext;
  }

  @Override
  public void onStop(InferenceContext context) {
    contexts.add(context);
  }

  List<Observation.Context> contexts() {
    return contexts;
  }

  Observation.Context awaitOnly() {
    Bundled.await(() -> !contexts.isEmpty());
    Assertions.assertThat(contexts).hasSize(1);
    return contexts.get(0);
  }
}
