package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fovea quantize}: smaller weights. */
@Command(
    name = "quantize",
    description = "Writes a checkpoint with the weights of its projections in fewer bits.",
    footer = {
      "",
      "Norms, embeddings, biases and convolutions are kept. Weights whose inputs do",
      "not divide into groups get int8. An interrupted run is continued by the same",
      "command.",
      "",
      "Examples:",
      "  fovea quantize cogvlm-chat-hf --out cogvlm-chat-int8",
      "  fovea quantize cogvlm-chat-hf --out chat-int4 --all int8 --language int4",
      "  fovea quantize cogvlm-chat-hf --out small --all int4 --shard-size 2G",
      "  fovea quantize cogvlm-chat-gptq --out chat-int4 --all stored"
    })
final class QuantizeCommand extends WritingCommand {
  @ArgGroup(
      exclusive = false,
      validate = false,
      order = 10,
      heading = "%nFormats; of all parts by default int8:%n")
  private FormatFlags formats = new FormatFlags();

  @Parameters(paramLabel = "SRC", description = "Folder or file of a checkpoint.")
  @SuppressWarnings("NullAway.Init") // required
  private Path source;

  @Override
  String name() {
    return "quantize";
  }

  @Override
  String source() {
    return source.toString();
  }

  @Override
  Conversion write(ProgressListener progress) {
    return Converter.convert(
        source, formats.formats(WeightFormat.INT8, PlainType.KEEP), output().options(), progress);
  }
}
