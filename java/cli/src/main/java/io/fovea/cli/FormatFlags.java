package io.fovea.cli;

import io.fovea.InvalidRequestException;
import io.fovea.tools.Formats;
import io.fovea.tools.layout.Part;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How the projections of each part are stored. */
final class FormatFlags {
  private static final String FORMAT = "FORMAT";

  @Option(
      names = "--all",
      paramLabel = FORMAT,
      converter = Format.class,
      description = {
        "All parts below: int8, int4 (groups of 32), int4-g128, fp8, bf16, keep;",
        "stored: the codes they come with, where a format here holds them exactly."
      })
  private @Nullable WeightFormat all;

  @Option(
      names = "--language",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "Language experts.")
  private @Nullable WeightFormat language;

  @Option(
      names = "--vision",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "Vision experts.")
  private @Nullable WeightFormat vision;

  @Option(
      names = "--encoder",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "Vision encoder.")
  private @Nullable WeightFormat encoder;

  @Option(
      names = "--adapter",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "Adapter between encoder and language model.")
  private @Nullable WeightFormat adapter;

  @Option(
      names = "--lm-head",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "Projection to logits.")
  private @Nullable WeightFormat lmHead;

  @Option(
      names = "--cross",
      paramLabel = FORMAT,
      converter = Format.class,
      description = "CogAgent's high-resolution encoder and the attention to it.")
  private @Nullable WeightFormat cross;

  @Option(
      names = "--no-search",
      description = "Scale by the largest weight, not for the least squared error. Faster.")
  private boolean noSearch;

  /**
   * The formats chosen.
   *
   * @param byDefault of parts that no option names
   * @param plain of all that is not quantised
   */
  Formats formats(WeightFormat byDefault, PlainType plain) {
    Map<Part, WeightFormat> weights = new EnumMap<>(Part.class);
    for (Part part : Formats.QUANTIZABLE) {
      WeightFormat own = of(part);
      WeightFormat common = all == null ? byDefault : all;
      weights.put(part, own == null ? common : own);
    }
    return new Formats(plain, weights, !noSearch);
  }

  /** Whether any option was given. */
  boolean given() {
    return all != null || Formats.QUANTIZABLE.stream().anyMatch(part -> of(part) != null);
  }

  private @Nullable WeightFormat of(Part part) {
    return switch (part) {
      case LANGUAGE -> language;
      case VISION -> vision;
      case ENCODER -> encoder;
      case ADAPTER -> adapter;
      case LM_HEAD -> lmHead;
      case CROSS_ATTENTION, CROSS_ENCODER -> cross;
      case DOWNSAMPLE, MARKERS, EMBEDDING, NORMS, ROTARY -> null;
    };
  }

  /** Reads a format's name. */
  static final class Format implements ITypeConverter<WeightFormat> {
    @Override
    public WeightFormat convert(String id) {
      try {
        return WeightFormat.parse(id);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
