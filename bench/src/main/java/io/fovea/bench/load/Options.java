package io.fovea.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says.
 *
 * @param scenarios names of those to run
 * @param seconds length of each timed phase
 * @param requests of scenarios that count requests; 0 takes each scenario's own number
 * @param rate arrivals a second of the open loop; 0 takes half of what a closed loop reaches
 * @param json where the raw result goes, or null
 */
record Options(
    Path model,
    List<String> scenarios,
    double seconds,
    int requests,
    double rate,
    long seed,
    @Nullable Path json) {
  static final String HELP =
      """
      Puts an engine under load and prints what it does beside what is wanted.

      java -cp bench/target/fovea-bench.jar io.fovea.bench.load.LoadProgram [options]

        --model DIR            model directory; default weights-tools/models/cogvlm-shapes
        --scenario NAME[,NAME] default all: upload, batching, encoders, fairness, queue,
                               allocation, mix, soak, serve
        --seconds S            length of each timed phase; default 5
        --requests N           requests of mix (default 5000), soak (2000), serve (2000),
                               queue (10000) and allocation (500)
        --rate R               arrivals a second of mix; default half of its capacity
        --seed N               of pictures, questions and arrivals; default 1
        --json FILE            keeps the raw result
        --help                 prints this

      Exit code 0; 1 where an answer was wrong or something was lost; 2 for a wrong option.
      """;

  private static final Path BUNDLED = Path.of("weights-tools", "models", "cogvlm-shapes");

  /** A command line that cannot be understood; its message is for the user. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  /**
   * Reads a command line without {@code --help}.
   *
   * @param known names of all scenarios, in their order
   */
  static Options parse(List<String> arguments, List<String> known) throws UsageException {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!List.of("--model", "--scenario", "--seconds", "--requests", "--rate", "--seed", "--json")
          .contains(name)) {
        throw new UsageException("there is no option '" + name + "'; --help lists them");
      }
      if (i + 1 == arguments.size()) {
        throw new UsageException(name + " needs a value; --help says which");
      }
      if (given.put(name, arguments.get(i + 1)) != null) {
        throw new UsageException(name + " is given twice");
      }
    }
    String json = given.get("--json");
    return new Options(
        model(given.get("--model")),
        scenarios(given.getOrDefault("--scenario", "all"), known),
        number(given, "--seconds", 5, 0.1),
        (int) number(given, "--requests", 0, 1),
        number(given, "--rate", 0, 0.1),
        (long) number(given, "--seed", 1, 0),
        json == null ? null : Path.of(json));
  }

  /** The number of requests asked for, or {@code usual}. */
  int requestsOr(int usual) {
    return requests == 0 ? usual : requests;
  }

  private static Path model(@Nullable String given) throws UsageException {
    Path model = given == null ? BUNDLED : Path.of(given);
    if (!Files.isRegularFile(model.resolve("config.json"))) {
      throw new UsageException(
          model
              + " holds no config.json; "
              + (given == null
                  ? "run this from the repository's root, or name a model by --model"
                  : "name a model directory"));
    }
    return model;
  }

  private static List<String> scenarios(String given, List<String> known) throws UsageException {
    if (given.equals("all")) {
      return known;
    }
    List<String> names = List.of(given.split(",", -1));
    for (String name : names) {
      if (!known.contains(name)) {
        throw new UsageException(
            "there is no scenario '" + name + "'; there are " + String.join(", ", known));
      }
    }
    return names;
  }

  private static double number(Map<String, String> given, String name, double usual, double least)
      throws UsageException {
    String text = given.get(name);
    if (text == null) {
      return usual;
    }
    boolean whole = !name.equals("--seconds") && !name.equals("--rate");
    try {
      double value = whole ? Integer.parseInt(text) : Double.parseDouble(text);
      if (value >= least && value <= Integer.MAX_VALUE) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below, with the range
    }
    throw new UsageException(
        name
            + " "
            + text
            + ": give a "
            + (whole ? "whole " : "")
            + "number from "
            + Text.number(least)
            + " up");
  }

  /** For the raw result. */
  Map<String, Object> raw() {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("model", model.toString());
    raw.put("scenarios", scenarios);
    raw.put("seconds", seconds);
    raw.put("requests", requests == 0 ? "default" : requests);
    raw.put("rate", rate == 0 ? "half of capacity" : rate);
    raw.put("seed", seed);
    return raw;
  }
}
