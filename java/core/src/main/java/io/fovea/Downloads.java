package io.fovea;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Files of a model that never came, or of which something else came in their place: what a cloned
 * repository holds instead of large files, the page of a server that refused, a link whose target
 * is still to be fetched.
 */
public final class Downloads {
  private static final int SEEN = 128;
  private static final String LFS_POINTER = "version https://git-lfs";

  /** How pages begin, blanks aside, in small letters. */
  private static final List<String> PAGES =
      List.of("<!doctype html", "<html", "<?xml", "entry not found", "repository not found");

  /** What programs add to the name of a file that they have not fetched to its end. */
  private static final List<String> UNFINISHED =
      List.of(".incomplete", ".part", ".partial", ".crdownload", ".aria2", ".tmp");

  private Downloads() {}

  /**
   * Refuses a file that is there, but is not what its name says. One that cannot be read is left to
   * the caller.
   *
   * @throws ModelLoadException naming the file, what it is and how to get the right one
   */
  public static void check(Path file) {
    String start = start(file);
    if (start.startsWith(LFS_POINTER)) {
      throw new ModelLoadException(
          file,
          "file",
          "is a Git LFS pointer, not the file that it stands for",
          "run 'git lfs pull' in its folder, or download the file by itself");
    }
    String text = start.stripLeading().toLowerCase(Locale.ROOT);
    if (PAGES.stream().anyMatch(text::startsWith)) {
      throw new ModelLoadException(
          file,
          "file",
          "is a web page, not the file that was asked for",
          "download it again; a page that asks for a login or a licence must be answered first");
    }
  }

  private static String start(Path file) {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(SEEN), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Why a file is not there, for messages: "is missing", and where its folder shows it, that its
   * download has not ended or that it is a link to nothing.
   */
  public static String whyMissing(Path file) {
    if (Files.isSymbolicLink(file)) {
      return "is a link to a file that is not there: its download has not ended";
    }
    for (String suffix : UNFINISHED) {
      if (Files.exists(file.resolveSibling(file.getFileName() + suffix))) {
        return "is missing, but "
            + file.getFileName()
            + suffix
            + " is there: its download has not"
            + " ended";
      }
    }
    return "is missing";
  }

  /** Whether a folder holds files whose download has not ended. */
  public static boolean hasUnfinished(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(Path::toString)
          .anyMatch(name -> UNFINISHED.stream().anyMatch(name::endsWith));
    } catch (IOException e) {
      return false;
    }
  }
}
