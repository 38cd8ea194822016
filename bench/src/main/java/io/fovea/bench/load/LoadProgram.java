package io.fovea.bench.load;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs scenarios and prints their tables; see {@link Options#HELP}. */
public final class LoadProgram {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private static final List<Scenario> SCENARIOS =
      List.of(
          new UploadScenario(),
          new BatchingScenario(),
          new EncodersScenario(),
          new FairnessScenario(),
          new QueueScenario(),
          new AllocationScenario(),
          new MixScenario(),
          new SoakScenario(),
          new ServeScenario());

  private LoadProgram() {}

  /** Ends with exit code 0, 1 where something failed, or 2 for a wrong option. */
  public static void main(String[] arguments) throws IOException {
    String level = "org.slf4j.simpleLogger.defaultLogLevel";
    System.setProperty(level, System.getProperty(level, "warn")); // every engine tells its device
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  /** Runs what the command line asks for. Returns the exit code. */
  static int run(List<String> arguments, PrintStream out, PrintStream err) throws IOException {
    if (arguments.contains("--help")) {
      out.print(Options.HELP);
      return 0;
    }
    List<String> names = SCENARIOS.stream().map(Scenario::name).toList();
    try {
      return run(Options.parse(arguments, names), out, err);
    } catch (Options.UsageException e) {
      err.println(e.getMessage());
      return USAGE;
    }
  }

  private static int run(Options options, PrintStream out, PrintStream err) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("program", LoadProgram.class.getName());
    json.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    json.put("machine", Machine.facts());
    json.put("load_before", Machine.load());
    json.put("engine", Engines.facts(options.model()));
    json.put("options", options.raw());
    json.forEach((name, value) -> out.println(name + ": " + value));
    List<Map<String, Object>> results = new ArrayList<>();
    boolean failed = false;
    for (Scenario scenario : SCENARIOS) {
      if (options.scenarios().contains(scenario.name())) {
        Report report = run(scenario, options, out, err);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("name", scenario.name());
        result.putAll(report.json());
        results.add(result);
        failed |= !report.failures().isEmpty();
      }
    }
    json.put("load_after", Machine.load());
    json.put("scenarios", results);
    out.println("\nload_after: " + json.get("load_after"));
    if (options.json() != null) {
      Json.write(options.json(), json);
      out.println("raw result: " + options.json());
    }
    return failed ? FAILED : 0;
  }

  private static Report run(Scenario scenario, Options options, PrintStream out, PrintStream err) {
    out.println("\n" + scenario.name() + ": " + scenario.purpose());
    out.flush();
    Report report = new Report();
    long start = System.nanoTime();
    try {
      scenario.run(options, report);
    } catch (Exception | OutOfMemoryError e) { // the other scenarios have their own engines
      err.println("scenario " + scenario.name() + " ended early:");
      e.printStackTrace(err);
      report.fail(scenario.name() + " ended early: " + e);
    }
    out.println();
    out.print(Table.of(report));
    report.failures().forEach(failure -> out.println("FAILED: " + failure));
    out.println("(" + Text.number((System.nanoTime() - start) / 1e9) + " s)");
    out.flush();
    return report;
  }
}
