package io.fovea.nativeops;

import io.fovea.FoveaException;
import io.fovea.binding.fovea;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recorded work of a context, by key: run as it is the first time, when scratch memory may still
 * grow; recorded the second; from then on one call each (CUDA graphs).
 */
final class Recordings implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);
  private static final int MOST = 64; // a step's key changes every 512 tokens and with the batch
  private static final long SEEN = 0; // no graph yet

  private final long context;
  private final Map<Object, Long> graphs = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);
  private boolean recording = true;

  Recordings(long context) {
    this.context = context;
  }

  void run(Object key, Runnable body) {
    Long graph = recording ? graphs.get(key) : null;
    if (graph == null) {
      body.run();
      remember(key, SEEN);
      return;
    }
    if (graph == SEEN) {
      graph = record(body);
      if (graph == SEEN) {
        body.run();
        return;
      }
      remember(key, graph);
    }
    Native.check(fovea.fov_graph_launch(context, graph));
  }

  /** The graph, or {@link #SEEN} where the device cannot record. */
  private long record(Runnable body) {
    Native.check(fovea.fov_graph_begin(context));
    try {
      body.run();
    } catch (RuntimeException e) {
      fovea.fov_graph_destroy(context, fovea.fov_graph_end(context));
      throw e;
    }
    try {
      return Native.checkAddress(fovea.fov_graph_end(context));
    } catch (FoveaException e) {
      LOG.warn("decode steps are not recorded: {}", e.getMessage());
      recording = false;
      return SEEN;
    }
  }

  private void remember(Object key, long graph) {
    graphs.put(key, graph);
    if (graphs.size() > MOST) {
      Iterator<Long> oldest = graphs.values().iterator();
      fovea.fov_graph_destroy(context, oldest.next());
      oldest.remove();
    }
  }

  /** Graphs held. */
  int count() {
    return (int) graphs.values().stream().filter(graph -> graph != SEEN).count();
  }

  @Override
  public void close() {
    graphs.values().forEach(graph -> fovea.fov_graph_destroy(context, graph));
    graphs.clear();
  }
}
