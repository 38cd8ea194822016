package io.fovea.tools.output;

import io.fovea.ModelWriteException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Folders that were made for an output, to be taken away again where it does not come. */
public final class NewFolders {
  private final Deque<Path> made = new ArrayDeque<>(); // the innermost first

  private NewFolders() {}

  /**
   * Makes a folder and those that it is in, as far as they are not there.
   *
   * @throws ModelWriteException where a file stands in their place
   */
  public static NewFolders make(Path folder) throws IOException {
    NewFolders folders = new NewFolders();
    Deque<Path> missing = new ArrayDeque<>();
    Path there = folder.toAbsolutePath();
    while (there != null && !Files.isDirectory(there)) {
      if (Files.isSymbolicLink(there) || Files.exists(there)) {
        throw new ModelWriteException(there, "is no folder", "choose another directory");
      }
      missing.push(there);
      there = there.getParent();
    }
    try {
      for (Path next : missing) {
        Files.createDirectories(next);
        folders.made.push(next);
      }
    } catch (IOException e) {
      folders.removeEmpty();
      throw e;
    }
    return folders;
  }

  /** Removes those of them that are empty. */
  public void removeEmpty() throws IOException {
    for (Path folder : made) {
      try {
        Files.deleteIfExists(folder);
      } catch (DirectoryNotEmptyException e) {
        return;
      }
    }
  }
}
