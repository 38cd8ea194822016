package io.fovea.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options of {@code fovea serve} that are not on the command line: from the environment, then from
 * the file that {@code --config} names.
 */
final class ServeDefaults implements IDefaultValueProvider {
  private static final String CONFIG = "--config";

  private final CommandLine command;
  private final String[] args;
  private final Map<String, String> environment;
  private @Nullable Properties file;

  private ServeDefaults(CommandLine command, String[] args, Map<String, String> environment) {
    this.command = command;
    this.args = args;
    this.environment = environment;
  }

  /** Has a command take its options from there, too. */
  static void addTo(CommandLine command, String[] args) {
    command.setDefaultValueProvider(new ServeDefaults(command, args, System.getenv()));
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.usageHelp()) {
      return null;
    }
    String name = option.longestName().substring(2);
    String variable = "FOVEA_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
    String value = environment.get(variable);
    return value == null ? file().getProperty(name) : value;
  }

  private Properties file() {
    if (file == null) {
      file = read(path());
    }
    return file;
  }

  private @Nullable String path() {
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith(CONFIG + "=")) {
        return args[i].substring(CONFIG.length() + 1);
      }
      if (args[i].equals(CONFIG) && i + 1 < args.length) {
        return args[i + 1];
      }
    }
    return environment.get("FOVEA_CONFIG");
  }

  private Properties read(@Nullable String path) {
    Properties properties = new Properties();
    if (path == null) {
      return properties;
    }
    try (Reader reader = Files.newBufferedReader(Path.of(path))) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandLine.ParameterException(
          command,
          "cannot read " + path + " (" + e + "): name a file of lines such as port = 8080");
    }
    for (String name : properties.stringPropertyNames()) {
      if (!command.getCommandSpec().optionsMap().containsKey("--" + name)) {
        throw new CommandLine.ParameterException(
            command,
            path + ": there is no option '" + name + "': take a name from 'fovea serve --help'");
      }
    }
    return properties;
  }
}
