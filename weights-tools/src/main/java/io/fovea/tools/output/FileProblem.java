package io.fovea.tools.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** What went wrong with a file, in words: Java's messages are often no more than its name. */
public final class FileProblem {
  private FileProblem() {}

  /** Of the failure, with the file where it names one. */
  public static String of(IOException failure) {
    if (!(failure instanceof FileSystemException e)) {
      return String.valueOf(failure.getMessage());
    }
    String file = String.valueOf(e.getFile());
    if (e instanceof FileAlreadyExistsException) {
      return file + (isFile(file) ? " is no folder" : " exists");
    }
    if (e instanceof NotDirectoryException) {
      return file + " is no folder";
    }
    if (e instanceof AccessDeniedException) {
      return file + " may not be opened or changed";
    }
    if (e instanceof NoSuchFileException) {
      return file + " does not exist";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return file + " is not empty";
    }
    if (e instanceof FileSystemLoopException) {
      return file + " is a loop of links";
    }
    String reason = e.getReason() == null ? "failed" : e.getReason();
    return file + ": " + (reason.equals("Not a directory") ? "part of it is no folder" : reason);
  }

  private static boolean isFile(String file) {
    return Files.exists(Path.of(file)) && !Files.isDirectory(Path.of(file));
  }
}
