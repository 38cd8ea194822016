package io.fovea.cli;

import io.fovea.tools.output.OutputOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a model directory is written, and how. */
final class OutputFlags {
  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      required = true,
      description = "The model directory to create.")
  @SuppressWarnings("NullAway.Init") // required
  private Path out;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      converter = Size.class,
      description = "Most bytes of tensors in one file, such as 500M or 4G. Default: 4G.")
  private long shardBytes = OutputOptions.SHARD_BYTES;

  @Option(names = "--force", description = "Replace a model directory that is there already.")
  private boolean force;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Positive.class,
      description = "Threads that compute and write. Default: one for each core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  Path directory() {
    return out;
  }

  OutputOptions options() {
    return new OutputOptions(out, shardBytes, force, threads);
  }

  /** Reads a number of threads. */
  static final class Positive implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      int value = Integer.parseInt(text);
      if (value < 1) {
        throw new TypeConversionException("'" + text + "' is not at least 1");
      }
      return value;
    }
  }

  /** Reads sizes with a binary unit. */
  static final class Size implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([KMGT]?)(I?B)?");

    @Override
    public Long convert(String text) {
      Matcher matcher = FORM.matcher(text.toUpperCase(Locale.ROOT));
      if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
        throw new TypeConversionException("'" + text + "' is not a size such as 500M or 4G");
      }
      int power = " KMGT".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    }
  }
}
