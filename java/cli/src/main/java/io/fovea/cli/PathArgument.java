package io.fovea.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a file or folder as people give it: a path, or a {@code file:} URI of this machine. Every
 * option and parameter of type {@link Path} goes through here.
 */
final class PathArgument implements ITypeConverter<Path> {
  private static final Pattern URL = Pattern.compile("(?i)([a-z][a-z0-9+.-]+)://.*|data:.*");
  private static final Pattern HUB =
      Pattern.compile("(?i)(?:https?://(?:www\\.)?(?:huggingface\\.co|hf\\.co)/|hf://)(.+)");
  private static final Pattern HUB_FOLDER =
      Pattern.compile("([\\w.-]+/[\\w.-]+)(?:/tree/[^/]+)?/?");

  @Override
  public Path convert(String text) {
    try {
      return of(text);
    } catch (CommandFailure e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The path.
   *
   * @throws CommandFailure where the text is empty, a single dash, another URL, or no file name
   */
  static Path of(String text) {
    if (text.isBlank()) {
      throw new CommandFailure("the path is empty", "name a file or folder");
    }
    if (text.equals("-")) {
      throw new CommandFailure(
          "'-', standard input or output, is not supported here",
          "name a file; './-' is the one of that name");
    }
    if (text.toLowerCase(Locale.ROOT).startsWith("file:")) {
      return ofUri(text);
    }
    if (URL.matcher(text).matches()) {
      throw new CommandFailure("'" + shortened(text) + "' is a URL, not a file", download(text));
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw Encoding.badName(e);
    }
  }

  private static Path ofUri(String text) {
    try {
      String local = text.replaceFirst("^(?i)file://localhost/", "file:///");
      return Path.of(new URI(new URI(local).toASCIIString()));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new CommandFailure(
          "'" + text + "' is no file: URI of this machine (" + e.getMessage() + ")",
          "give the plain path",
          e);
    }
  }

  private static String download(String url) {
    Matcher hub = HUB.matcher(url);
    if (!hub.matches()) {
      return "download it first, and give the file's path";
    }
    Matcher folder = HUB_FOLDER.matcher(hub.group(1));
    return folder.matches()
        ? downloadOf(folder.group(1))
        : "download the file first, and give its path";
  }

  /** What to do for a model that is known by its name on Hugging Face, such as "THUDM/cogvlm". */
  static String downloadOf(String name) {
    String folder = name.substring(name.indexOf('/') + 1);
    return "download the folder first, for example with 'hf download "
        + name
        + " --local-dir "
        + folder
        + "', and give the path "
        + folder;
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 97) + "...";
  }
}
