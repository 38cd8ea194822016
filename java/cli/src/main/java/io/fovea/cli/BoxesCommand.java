package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import io.fovea.grounding.CandidateBox;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.Frame;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.GroundingDialect;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code fovea boxes}: the boxes in the text of any grounding model. */
@Command(
    name = "boxes",
    description = "Reads the boxes in a model's answer, of any model; rewrites them.",
    footer = {
      "",
      "Examples:",
      "  fovea boxes --list",
      "  fovea boxes --dialect qwen-vl --image-size 1280x960 answer.txt",
      "  fovea boxes --image-size 640x480 --to cogvlm < answer.txt",
      "",
      "A line is a phrase, its box in thousandths of the picture's width and height,",
      "and pixels where the picture's size is given. No model is needed."
    })
final class BoxesCommand extends ToolCommand {
  private static final String AUTO = "auto";

  @Option(
      names = "--dialect",
      paramLabel = "NAME",
      converter = DialectName.class,
      description =
          "How the text spells boxes; --list shows the names. auto, the default, asks the tags.")
  private String dialect = AUTO;

  @Option(
      names = "--image-size",
      paramLabel = "WxH",
      converter = Size.class,
      description = "The picture's size in pixels.")
  private @Nullable ImageSize picture;

  @Option(
      names = "--resized",
      paramLabel = "WxH",
      converter = Size.class,
      description = "Its size as resized for the model; for qwen2.5-vl and kosmos-2.5.")
  private @Nullable ImageSize resized;

  @Option(
      names = "--ofa-side",
      paramLabel = "PIXELS",
      converter = OutputFlags.Positive.class,
      description = "Side of the picture that OFA saw. Default: 512.")
  private int ofaSide = Frame.unknown().ofaSide();

  @Option(
      names = "--candidate",
      paramLabel = "X0,Y0,X1,Y1",
      converter = Candidate.class,
      description = {
        "A box that the text names by number, in fractions of what the model counts in;",
        "the first is number 0. For groma, chatrex and next-chat."
      })
  private @Nullable List<CandidateBox> candidates;

  @Option(
      names = "--to",
      paramLabel = "NAME",
      converter = DialectName.class,
      description = "Print the text in this dialect instead.")
  private @Nullable String target;

  @Option(names = "--list", description = "Print the dialects, each with an example.")
  private boolean list;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "The text; standard input by default and for -.")
  private String source = TextInput.STANDARD;

  /** A dialect and an answer in it. */
  record Known(String name, String example) {}

  /** The JSON result of --list. */
  record Listing(String command, List<Known> dialects) {}

  @Override
  public Integer call() {
    if (list) {
      list();
      return ExitCode.OK;
    }
    if (AUTO.equals(target)) {
      throw new CommandFailure("--to auto names no dialect", "name one; --list shows them");
    }
    String text = TextInput.read(source, terminal().in());
    GroundingDialect from = dialect.equals(AUTO) ? detected(text) : Dialects.named(dialect);
    Frame frame = frame();
    GroundedText read = from.parse(text, frame);
    String written = target == null ? null : Dialects.named(target).rewrite(read, frame);
    if (json()) {
      printJson(BoxFacts.of(from.name(), read, picture, written));
    } else if (written != null) {
      out().println(written);
    } else {
      BoxFacts.lines(read, picture).forEach(line -> out().println(line));
    }
    return ExitCode.OK;
  }

  private void list() {
    List<Known> known =
        Dialects.all().stream().map(each -> new Known(each.name(), each.example())).toList();
    if (json()) {
      printJson(new Listing("boxes", known));
      return;
    }
    int width = known.stream().mapToInt(each -> each.name().length()).max().orElse(0);
    known.forEach(each -> print("%-" + width + "s  %s", each.name(), each.example()));
  }

  private static GroundingDialect detected(String text) {
    List<GroundingDialect> found = Dialects.detect(text);
    if (found.isEmpty()) {
      throw new CommandFailure(
          "the text has no boxes of a known dialect",
          "name the dialect with --dialect; --list shows them");
    }
    if (found.size() > 1) {
      String names = found.stream().map(GroundingDialect::name).collect(Collectors.joining(", "));
      throw new CommandFailure(
          "the text may be in any of " + names, "name its dialect with --dialect");
    }
    return found.get(0);
  }

  private Frame frame() {
    return Frame.builder()
        .picture(picture)
        .resized(resized)
        .ofaSide(ofaSide)
        .candidates(candidates)
        .build();
  }

  /** Reads the name of a dialect, or "auto". */
  static final class DialectName implements ITypeConverter<String> {
    @Override
    public String convert(String name) {
      try {
        return name.equalsIgnoreCase(AUTO) ? AUTO : Dialects.named(name).name();
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Reads a picture's size. */
  static final class Size implements ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String text) {
      String[] sides = text.split("[xX]", -1);
      if (sides.length == 2 && isSide(sides[0]) && isSide(sides[1])) {
        return new ImageSize(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
      }
      throw new TypeConversionException("'" + text + "' is not a size such as 640x480");
    }

    private static boolean isSide(String text) {
      return text.matches("[1-9][0-9]{0,8}");
    }
  }

  /** Reads four numbers. */
  static final class Candidate implements ITypeConverter<CandidateBox> {
    @Override
    public CandidateBox convert(String text) {
      try {
        String[] numbers = text.split(",", -1);
        if (numbers.length == 4) {
          return new CandidateBox(
              Double.parseDouble(numbers[0]),
              Double.parseDouble(numbers[1]),
              Double.parseDouble(numbers[2]),
              Double.parseDouble(numbers[3]));
        }
      } catch (IllegalArgumentException e) { // no number, or not finite: said below
      }
      throw new TypeConversionException("'" + text + "' is not a box such as 0.1,0.2,0.5,0.8");
    }
  }
}
