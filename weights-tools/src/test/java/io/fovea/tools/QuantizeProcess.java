package io.fovea.tools;

import io.fovea.ProgressListener;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.WeightFormat;
import java.io.IOException;
import java.nio.file.Path;

/** Quantises in a process of its own, to be killed. */
final class QuantizeProcess {
  static final int SHARD_BYTES = 150_000;

  private QuantizeProcess() {}

  /** Arguments: source and output. Prints a byte when it is about to begin. */
  public static void main(String[] args) throws IOException {
    OutputOptions options = new OutputOptions(Path.of(args[1]), SHARD_BYTES, false, 2);
    System.out.write('!');
    System.out.flush();
    Converter.convert(
        Path.of(args[0]), Formats.all(WeightFormat.INT4), options, ProgressListener.none());
  }

  static Process start(Path source, Path out) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                QuantizeProcess.class.getName(),
                source.toString(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.getInputStream().read() != '!') {
      throw new IOException("the process did not begin");
    }
    return process;
  }
}
