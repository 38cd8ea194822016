package io.fovea.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A hidden folder beside an output in which it is put together; it goes, whatever ends the work.
 */
final class WorkFolder implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20; // for one file tree to be copied to an end

  private final Path folder;
  private final CountDownLatch removed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end);
  private volatile boolean ending;

  private WorkFolder(Path folder) {
    this.folder = folder;
  }

  static WorkFolder beside(Path output) throws IOException {
    String prefix = "." + output.getFileName();
    WorkFolder work = new WorkFolder(Files.createTempDirectory(output.resolveSibling(""), prefix));
    Runtime.getRuntime().addShutdownHook(work.hook);
    return work;
  }

  /**
   * A name in it.
   *
   * @throws CommandFailure where the process is being ended
   */
  Path resolve(String name) {
    if (ending) {
      throw new CommandFailure("ended by a signal", "start again");
    }
    return folder.resolve(name);
  }

  /**
   * At SIGTERM or Ctrl-C: programs that write here are ended, the rest goes on to its next step.
   */
  private void end() {
    ending = true;
    ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
    try {
      if (!removed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("fovea: remove " + folder + " by hand");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      ending = true; // the process is being ended: the hook has run, or finds nothing to do
    }
  }

  @Override
  public void close() throws IOException {
    try {
      FileTree.remove(folder);
    } finally {
      removed.countDown();
      forgetHook();
    }
  }
}
