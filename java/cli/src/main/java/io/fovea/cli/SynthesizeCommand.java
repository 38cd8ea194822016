package io.fovea.cli;

import io.fovea.InvalidRequestException;
import io.fovea.ProgressListener;
import io.fovea.tools.Conversion;
import io.fovea.tools.Synthesizer;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code fovea synthesize}: a random model of any size. */
@Command(
    name = "synthesize",
    description = "Writes a random checkpoint of any size and family, for trials.",
    footer = {
      "",
      "Weights follow from sizes and seed; activations stay of order one. Tokenizers",
      "know bytes only, that of kosmos2 letters. An interrupted run is continued by",
      "the same command.",
      "",
      "Examples:",
      "  fovea synthesize --family v2 --out tiny",
      "  fovea synthesize --family v1 --hidden 256 --heads 8 --layers 4 --out small",
      "  fovea synthesize --family kosmos2 --dtype f32 --out kosmos",
      "  fovea synthesize --preset cogvlm-490 --all int4 --out cogvlm-490-int4"
    })
final class SynthesizeCommand extends WritingCommand {
  @Option(
      names = "--family",
      paramLabel = "NAME",
      converter = FamilyName.class,
      description = "v1, v2, cogagent, kosmos2, qwen-vl or shikra, in small sizes. Default: v1.")
  private @Nullable Preset family;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      converter = PresetName.class,
      description =
          "Published sizes: cogvlm-490, cogvlm-224, cogvlm2, cogagent, kosmos2, qwen-vl or"
              + " shikra.")
  private @Nullable Preset preset;

  @Option(names = "--seed", paramLabel = "N", description = "Same seed, same weights. Default: 0.")
  private long seed;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Of what is not quantised: bf16, f16 or f32. Default: bf16.")
  private PlainType dtype = PlainType.BF16;

  @ArgGroup(exclusive = false, validate = false, order = 10, heading = "%nSizes:%n")
  private SizeFlags sizes = new SizeFlags();

  @ArgGroup(
      exclusive = false,
      validate = false,
      order = 15,
      heading = "%nFormats; of all parts by default keep:%n")
  private FormatFlags formats = new FormatFlags();

  @Override
  String name() {
    return "synthesize";
  }

  @Override
  @Nullable String source() {
    return null;
  }

  @Override
  Conversion write(ProgressListener progress) {
    if (family != null && preset != null) {
      throw new InvalidRequestException("--family and --preset were both given", "choose one");
    }
    Preset base = preset != null ? preset : family == null ? Preset.SMALL_V1 : family;
    return Synthesizer.synthesize(
        base.model(sizes.given()),
        seed,
        formats.formats(WeightFormat.KEEP, dtype),
        output().options(),
        progress);
  }

  /** Reads {@code --family}. */
  static final class FamilyName implements ITypeConverter<Preset> {
    @Override
    public Preset convert(String id) {
      return named(id, true);
    }
  }

  /** Reads {@code --preset}. */
  static final class PresetName implements ITypeConverter<Preset> {
    @Override
    public Preset convert(String id) {
      return named(id, false);
    }
  }

  private static Preset named(String id, boolean small) {
    Map<String, Preset> known =
        Stream.of(Preset.values())
            .filter(preset -> preset.small() == small)
            .collect(Collectors.toMap(Preset::id, Function.identity(), (a, b) -> a, TreeMap::new));
    Preset found = known.get(id.toLowerCase(Locale.ROOT));
    if (found == null) {
      String names = String.join(", ", known.keySet());
      throw new TypeConversionException("'" + id + "' is none of " + names);
    }
    return found;
  }
}
