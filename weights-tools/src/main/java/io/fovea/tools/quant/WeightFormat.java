package io.fovea.tools.quant;

import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the weights of projections are stored. */
public enum WeightFormat {
  /** In the dtype they have; bf16 where they come quantised. */
  KEEP(16, 0),
  /**
   * With the codes they come with, where a format here holds them exactly; else as {@link #KEEP}.
   */
  STORED(16, 0),
  /** As bf16. */
  BF16(16, 0),
  /** Integers -127..127 with a scale for each output. */
  INT8(8, 0),
  /** Integers -8..7 with a scale for each 32 inputs of an output. */
  INT4(4, 32),
  /** Integers -8..7 with a scale for each 128 inputs of an output. */
  INT4_G128(4, 128),
  /** e4m3 floats with a scale for each output. */
  FP8(8, 0);

  private final int bits;
  private final int group;

  WeightFormat(int bits, int group) {
    this.bits = bits;
    this.group = group;
  }

  /** Bits of a weight, scales not counted. */
  public int bits() {
    return bits;
  }

  /** Whether weights are rounded to codes with scales. */
  public boolean quantized() {
    return bits < 16;
  }

  /** Whether a scale serves only a group of a row's inputs. */
  public boolean grouped() {
    return group > 0;
  }

  /** Inputs that share a scale, of rows with {@code inputs} of them. */
  public int group(long inputs) {
    return grouped() ? group : Math.toIntExact(inputs);
  }

  /** This format, or {@link #INT8} where rows do not divide into its groups. */
  public WeightFormat fitting(long inputs) {
    return grouped() && inputs % group != 0 ? INT8 : this;
  }

  /** Its name in options and reports, such as "int4-g128". */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The format of that name.
   *
   * @throws InvalidRequestException where there is none
   */
  public static WeightFormat parse(String id) {
    return Arrays.stream(values())
        .filter(format -> format.id().equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "'" + id + "' is no format of weights",
                    "choose "
                        + Arrays.stream(values())
                            .map(WeightFormat::id)
                            .collect(Collectors.joining(", "))));
  }
}
