package io.fovea.bench;

import io.fovea.engine.ComputeType;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An open engine and an encoded picture, shared by the benchmarks of one fork. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills the parameters, open() the rest
public class OpenModel {
  /** Model directory. */
  @Param("weights-tools/models/cogvlm-shapes")
  public String model;

  /** Picture file. */
  @Param("weights-tools/models/cogvlm-shapes/demo/scene.png")
  public String image;

  /** Arithmetic: F32 or BF16. */
  @Param("F32")
  public ComputeType dtype;

  private FoveaEngine engine;
  private EncodedImage encoded;

  @Setup
  public void open() {
    engine = FoveaEngine.builder().model(Path.of(model)).dtype(dtype).build();
    encoded = engine.encode(picture());
  }

  @TearDown
  public void close() {
    engine.close();
  }

  FoveaEngine engine() {
    return engine;
  }

  EncodedImage encoded() {
    return encoded;
  }

  ImageInput picture() {
    return ImageInput.of(Path.of(image));
  }
}
