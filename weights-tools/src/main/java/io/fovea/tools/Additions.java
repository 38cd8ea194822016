package io.fovea.tools;

import io.fovea.InvalidRequestException;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a checkpoint and lies elsewhere.
 *
 * @param base the model that its weights are the distance from, or null where they are weights
 * @param vision CLIP, whose vision transformer is the model's encoder, or null where it has one
 * @param adapters folders that {@code save_pretrained} of peft wrote, in the order of merging: a
 *     weight becomes W + scaling · B · A, summed in f64, rounded to f32 and then to what is written
 */
public record Additions(@Nullable Path base, @Nullable Path vision, List<Path> adapters) {
  /** Nothing. */
  public static final Additions NONE = new Additions(null, null, List.of());

  public Additions {
    adapters = List.copyOf(adapters);
  }

  /** LoRA adapters alone. */
  public static Additions lora(List<Path> adapters) {
    return new Additions(null, null, adapters);
  }

  /**
   * The checkpoint with base and encoder, still without adapters.
   *
   * @param own the checkpoint, which stays the caller's to close
   * @param type of tensors that are written as numbers
   * @param target folder to be written, in which none of the files may lie
   * @return closes what these have opened
   */
  SourceCheckpoint to(Path path, SourceCheckpoint own, PlainType type, Path target) {
    List<SourceCheckpoint> opened = new ArrayList<>();
    try {
      SourceCheckpoint clip = vision == null ? null : open(vision, target, opened);
      SourceCheckpoint under = base == null ? null : open(base, target, opened);
      return new Merger(path, own, type).merged(clip, under, opened);
    } catch (RuntimeException | Error e) {
      opened.forEach(SourceCheckpoint::close);
      throw e;
    }
  }

  private static SourceCheckpoint open(Path path, Path target, List<SourceCheckpoint> opened) {
    Apart.check(path, target);
    SourceCheckpoint source = SourceCheckpoints.open(path);
    opened.add(source);
    Apart.check(path, source, target);
    return source;
  }

  /** The files of base and encoder, and where the adapters are, in words. */
  String identity() {
    StringBuilder text = new StringBuilder("\n" + adapters);
    for (Path path : new Path[] {base, vision}) {
      text.append('\n');
      if (path != null) {
        try (SourceCheckpoint source = SourceCheckpoints.open(path)) {
          text.append(InputFiles.identity(path, source));
        }
      }
    }
    return text.toString();
  }

  /**
   * Does nothing where these are nothing.
   *
   * @throws InvalidRequestException where they cannot be taken into {@code what}
   */
  public void requireNone(String what) {
    if (base != null || vision != null || !adapters.isEmpty()) {
      throw new InvalidRequestException(
          what + " is not made of several checkpoints at once",
          "write a folder with --base, --vision and --lora first, then convert that");
    }
  }
}
