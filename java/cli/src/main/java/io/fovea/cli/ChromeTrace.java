package io.fovea.cli;

import io.fovea.engine.Profile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The calls of a profile as a JSON array of trace events ("Trace Event Format"), which
 * chrome://tracing and Perfetto show: one track a phase, times in microseconds.
 */
final class ChromeTrace {
  private static final String REMEDY = "name a file in a folder that exists and can be written";

  private final Path file;
  private final boolean force;

  /** A call: phase letter X, a "complete" event. */
  record Call(
      String ph, String name, String cat, double ts, double dur, int pid, int tid, Work args) {}

  /** What a click on a call shows. */
  record Work(String stage, String operands, long bytes, long flops) {}

  /** A track's name: phase letter M, "metadata". */
  record Track(String ph, String name, int pid, int tid, TrackName args) {}

  /** What a track is called. */
  record TrackName(String name) {}

  /**
   * @param force whether a file that is there may be replaced
   */
  ChromeTrace(Path file, boolean force) {
    this.file = file;
    this.force = force;
  }

  Path file() {
    return file;
  }

  /**
   * Finds what would fail later, before a model is loaded.
   *
   * @throws CommandFailure where the file is there, or its folder is not or is read-only
   */
  void check() {
    OutputFile.check(file);
    if (!force && Files.exists(file)) {
      throw exists();
    }
  }

  private CommandFailure exists() {
    return new CommandFailure(
        file + " exists already", "name another file, or replace it with --force");
  }

  /** Writes the calls beside the file first, then renames: it is there whole or not at all. */
  void write(Profile profile) {
    Path target = file.toAbsolutePath();
    Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try {
        Files.writeString(part, Json.writeLine(events(profile)));
        if (force) {
          Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        } else {
          Files.move(part, target);
        }
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (FileAlreadyExistsException e) {
      throw exists();
    } catch (IOException e) {
      throw new CommandFailure(
          "the trace cannot be written to " + file + " (" + e.getMessage() + ")", REMEDY, e);
    }
  }

  private static List<Object> events(Profile profile) {
    List<Object> events = new ArrayList<>();
    List<String> tracks = profile.phases().stream().map(Profile.Phase::name).toList();
    for (int track = 0; track < tracks.size(); track++) {
      events.add(new Track("M", "thread_name", 1, track, new TrackName(tracks.get(track))));
    }
    for (Profile.Call call : profile.calls()) {
      events.add(
          new Call(
              "X",
              call.op(),
              call.phase(),
              Facts.rounded(call.begin(), 1e3),
              Facts.rounded(call.microseconds(), 1e3),
              1,
              tracks.indexOf(call.phase()),
              new Work(call.stage(), call.operands(), call.bytes(), call.flops())));
    }
    return events;
  }
}
