package io.fovea.tools.source;

import java.io.Closeable;
import java.util.List;

/** The tensors of one file under the names that it has for them, open for reading. */
public interface TensorFile extends Closeable {
  /** All of them, in file order. */
  List<SourceTensor> tensors();

  @Override
  void close();
}
