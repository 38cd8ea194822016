package io.fovea.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The licences of jars: those that lie in them, and for those without one the list of our own. */
final class JarLicences {
  private static final Pattern TEXT =
      Pattern.compile("META-INF/[^/]*(LICEN[CS]E|NOTICE)[^/]*", Pattern.CASE_INSENSITIVE);

  private final Properties listed = new Properties();

  JarLicences() throws IOException {
    try (InputStream in = Distribution.resource("licences.properties")) {
      listed.load(in);
    }
  }

  /**
   * Writes the licence of a jar into a folder of its name.
   *
   * @throws CommandFailure where none is known
   */
  void write(Path jar, Path licences) throws IOException {
    String name = String.valueOf(jar.getFileName());
    Path folder = Files.createDirectories(licences.resolve(name.replaceFirst("\\.jar$", "")));
    if (copyTexts(jar, folder)) {
      return;
    }
    String[] licence = licence(name);
    if (licence == null) {
      throw new CommandFailure(
          "there is no licence in " + name, "add it to licences.properties of the command line");
    }
    if (licence[1].equals("LICENSE")) {
      Files.writeString(folder.resolve("LICENSE"), licence[0] + ": see LICENSE of Fovea\n");
    } else {
      try (InputStream in = Distribution.resource(licence[1])) {
        Files.copy(in, folder.resolve("LICENSE"));
      }
    }
  }

  /** Copies the texts that lie in the jar and tells whether a licence was among them. */
  static boolean copyTexts(Path jar, Path folder) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<ZipEntry> texts = new ArrayList<>();
      zip.stream().filter(entry -> TEXT.matcher(entry.getName()).matches()).forEach(texts::add);
      boolean licensed = false;
      for (ZipEntry text : texts) {
        String name = text.getName().substring("META-INF/".length());
        licensed |= name.toUpperCase(Locale.ROOT).contains("LICEN");
        try (InputStream in = zip.getInputStream(text)) {
          Files.copy(in, folder.resolve(name));
        }
      }
      return licensed;
    }
  }

  /** SPDX name and file of a jar's licence; null where it is not listed. */
  private String @Nullable [] licence(String jar) {
    for (String prefix : listed.stringPropertyNames()) {
      if (jar.startsWith(prefix)) {
        return listed.getProperty(prefix).split(" ", 2);
      }
    }
    return null;
  }
}
