package io.fovea.fuzz;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import io.fovea.FoveaException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * Proves of a reader that damaged files end in typed errors: it reads a file or throws a {@link
 * FoveaException}, within bounds of processor time and memory.
 */
public final class DamagedFiles {
  /** Reads the content of a file, or throws. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] content) throws Exception;
  }

  private static final long MAX_CPU_MILLIS = 2_000; // a file; milliseconds are usual
  private static final Duration MAX_HANG = Duration.ofMinutes(2); // a round, on a busy machine
  private static final long MAX_BYTES = 32L << 20; // allocated for a file, whatever its length
  private static final long MAX_BYTES_PER_BYTE = 400; // and for each byte of it

  /** More rounds than one, each with the next seed, are for long runs by hand: CONTRIBUTING. */
  private static final int ROUNDS = Integer.getInteger("fovea.fuzz.rounds", 1);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private DamagedFiles() {}

  /**
   * Reads the sound files, which must succeed, then {@code count} damaged ones; again with the
   * following seeds where the system property {@code fovea.fuzz.rounds} asks for it.
   *
   * @throws AssertionError naming the seed and the file, which together reproduce the failure
   */
  public static void check(Reader reader, List<byte[]> sound, long seed, int count) {
    check(reader, sound, seed, count, count / 20);
  }

  /** The same of a reader that makes something of every content. */
  public static void checkNeverRefused(Reader reader, List<byte[]> sound, long seed, int count) {
    check(
        content -> {
          try {
            reader.read(content);
          } catch (FoveaException e) {
            throw new AssertionError("refused: " + e.getMessage(), e);
          }
        },
        sound,
        seed,
        count,
        0);
  }

  /**
   * @param leastRefused of the damaged files; with fewer the damage is none
   */
  private static void check(
      Reader reader, List<byte[]> sound, long seed, int count, int leastRefused) {
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long roundSeed = seed + round;
      refused +=
          assertTimeoutPreemptively(
              MAX_HANG,
              () -> round(reader, sound, roundSeed, count, leastRefused),
              "a reader hangs, seed " + roundSeed);
    }
    if (ROUNDS > 1) {
      long files = (long) ROUNDS * count;
      System.out.printf("fuzz: %d damaged files, %d refused, no other failure%n", files, refused);
    }
  }

  /** One seed's files; how many were refused. */
  private static int round(
      Reader reader, List<byte[]> sound, long seed, int count, int leastRefused) throws Exception {
    for (byte[] content : sound) {
      reader.read(content);
    }
    Mutations damaged = new Mutations(seed, sound);
    int refused = 0;
    for (int i = 0; i < count; i++) {
      byte[] content = damaged.next();
      if (!read(reader, content, "seed " + seed + ", file " + i)) {
        refused++;
      }
    }
    if (refused < leastRefused) {
      throw new AssertionError(
          "seed " + seed + ": only " + refused + " of " + count + " files were refused");
    }
    return refused;
  }

  /** Whether the file was read; false if it was refused. */
  private static boolean read(Reader reader, byte[] content, String name) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    boolean read = false;
    try {
      reader.read(content);
      read = true;
    } catch (FoveaException expected) {
      if (expected.getMessage() == null) {
        throw failed(name, content, "an error without a message", expected);
      }
    } catch (Throwable unexpected) {
      throw failed(name, content, unexpected.toString(), unexpected);
    }
    long millis = (THREADS.getCurrentThreadCpuTime() - cpu) / 1_000_000;
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    if (millis > MAX_CPU_MILLIS) {
      throw failed(name, content, "took " + millis + " ms", null);
    }
    if (allocated > MAX_BYTES + MAX_BYTES_PER_BYTE * content.length) {
      throw failed(name, content, "allocated " + allocated + " bytes", null);
    }
    return read;
  }

  private static AssertionError failed(
      String name, byte[] content, String problem, Throwable cause) {
    int shown = Math.min(content.length, 2000);
    String hex = HexFormat.of().formatHex(content, 0, shown);
    return new AssertionError(
        name + ", " + content.length + " bytes: " + problem + "\n" + hex, cause);
  }
}
