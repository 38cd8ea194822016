package io.fovea.cli;

import io.fovea.engine.EngineBuilder;
import io.fovea.engine.EngineListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.VisionEngine;
import io.fovea.server.FoveaServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code fovea serve}: an HTTP server. */
@Command(
    name = "serve",
    description = "Serves models over HTTP: OpenAI's chat completions, boxes, and a web page.",
    footer = {
      "",
      "Examples:",
      "  fovea serve",
      "  fovea serve --port 9000 --model shapes=models/cogvlm-shapes",
      "  fovea serve --host 0.0.0.0 --api-key-file keys.txt",
      "",
      "Every option may stand in a file named by --config (port = 9000) or in the",
      "environment (FOVEA_PORT=9000); the command line comes first, then the",
      "environment. Keys may stand in FOVEA_API_KEYS, separated by commas.",
      "SIGTERM ends it in good order, with exit code 0."
    })
final class ServeCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private FoveaCommand fovea;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "[NAME=]DIR",
      split = ",",
      description =
          "Model directory, and the name that requests know it by; its folder's name without. May"
              + " be given several times. Default: the bundled cogvlm-shapes.")
  private List<String> models = List.of();

  @ArgGroup(exclusive = false, validate = false, order = 5, heading = "%nListening:%n")
  private ListenFlags listen = new ListenFlags();

  @ArgGroup(exclusive = false, validate = false, order = 6, heading = "%nLimits:%n")
  private ServeLimits limits = new ServeLimits();

  @ArgGroup(exclusive = false, validate = false, order = 15, heading = "%nReading pictures:%n")
  private DecoderFlags pictures = new DecoderFlags();

  @ArgGroup(exclusive = false, validate = false, order = 20, heading = "%nModels:%n")
  private RunFlags run = new RunFlags();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "More options: lines such as port = 9000.")
  private @Nullable Path config;

  /** Where answers go on: the common pool may be blocked by anything. */
  private final Executor executor =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          task -> {
            Thread thread = new Thread(task, "fovea-serve");
            thread.setDaemon(true);
            return thread;
          });

  private final Queue<VisionEngine> engines = new ConcurrentLinkedQueue<>();

  @Override
  public Integer call() throws InterruptedException {
    FoveaServer.Builder builder =
        FoveaServer.builder().settings(limits.set(listen.settings()).build());
    directories()
        .forEach((name, directory) -> builder.model(name, listener -> load(directory, listener)));
    FoveaServer server = builder.start();
    CountDownLatch ending = new CountDownLatch(1);
    Thread hook = new Thread(() -> end(server, ending), "fovea-serve-end");
    Runtime.getRuntime().addShutdownHook(hook);
    say("listening on " + server.uri());
    try {
      server.ready().join();
    } catch (CompletionException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      server.close();
      engines.forEach(VisionEngine::close);
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
    say("ready");
    ending.await(); // SIGTERM, or Ctrl-C
    return ExitCode.OK;
  }

  private void say(String what) {
    fovea.terminal().err().println("fovea: " + what);
  }

  private Map<String, Path> directories() {
    Map<String, Path> directories = new LinkedHashMap<>();
    for (String model : models) {
      int sign = model.indexOf('=');
      Path directory = ModelFlags.existing(Path.of(model.substring(sign + 1)));
      String name = sign > 0 ? model.substring(0, sign) : EngineCommand.modelName(directory);
      if (directories.put(name, directory) != null) {
        throw new CommandFailure("two models are called '" + name + "'", "give NAME=DIR for one");
      }
    }
    if (models.isEmpty()) {
      Path bundled = BundledModel.directory();
      directories.put(EngineCommand.modelName(bundled), bundled);
    }
    return directories;
  }

  private VisionEngine load(Path directory, EngineListener listener) {
    EngineBuilder builder =
        FoveaEngine.builder().model(directory).listener(listener).executor(executor);
    run.set(builder);
    pictures.set(builder);
    limits.set(builder);
    FoveaEngine engine = builder.build();
    engines.add(engine);
    return engine;
  }

  /** Answers what has begun; then ends the process, whose exit code a signal would spoil. */
  @SuppressWarnings("SystemExitOutsideMain") // this is the end of it
  private void end(FoveaServer server, CountDownLatch ending) {
    say("shutting down");
    boolean drained = server.shutdown(Duration.ofSeconds(limits.drainSeconds()));
    engines.forEach(VisionEngine::close);
    if (!drained) {
      say("some requests were cut short");
    }
    ending.countDown();
    fovea.terminal().err().flush();
    Runtime.getRuntime().halt(ExitCode.OK);
  }
}
