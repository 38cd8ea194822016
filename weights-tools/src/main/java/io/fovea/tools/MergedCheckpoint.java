package io.fovea.tools;

import io.fovea.FoveaException;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint with tensors of others.
 *
 * @param own the one that all else belongs to; not closed with this
 * @param others closed with this
 */
record MergedCheckpoint(
    SourceCheckpoint own, String config, List<SourceTensor> tensors, List<SourceCheckpoint> others)
    implements SourceCheckpoint {
  @Override
  public String format() {
    return own.format();
  }

  @Override
  public StoredScheme scheme() {
    return own.scheme();
  }

  @Override
  public Map<String, byte[]> companions() {
    return own.companions();
  }

  @Override
  public List<String> notes() {
    return own.notes();
  }

  @Override
  public FoveaException missing(Path path, String name) {
    return own.missing(path, name);
  }

  @Override
  public void close() {
    others.forEach(SourceCheckpoint::close);
  }
}
