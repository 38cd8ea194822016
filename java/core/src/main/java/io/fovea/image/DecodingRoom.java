package io.fovea.image;

import io.fovea.FoveaException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Java heap that pictures may take together, from the first byte of their files to the last use of
 * their pixels. Who finds no room waits in line, the first come first; a picture that needs more
 * than all of it is refused before it is decoded. What a picture needs is told by its header, and
 * is more rather than less than what it takes. Files that the caller holds anyway, as arrays or
 * pictures in memory, do not count. Safe for any number of threads.
 */
public final class DecodingRoom {
  private static final int SHARE = 2; // the other half is for everything else and for the collector

  private final long bytes;
  private final Runnable permit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Hold> line = new ArrayDeque<>();
  private long taken;
  private long most;

  /**
   * A room that is never closed.
   *
   * @param bytes in all, at least 1
   * @throws InvalidRequestException where they are less
   */
  public DecodingRoom(long bytes) {
    this(bytes, () -> {});
  }

  /**
   * A room of its own.
   *
   * @param bytes in all, at least 1
   * @param permit asked before anything is taken; throws where nothing may be taken any more
   * @throws InvalidRequestException where the bytes are less
   */
  public DecodingRoom(long bytes, Runnable permit) {
    if (bytes < 1) {
      throw new InvalidRequestException(
          "room for pictures of " + bytes + " bytes", "give a number above zero");
    }
    this.bytes = bytes;
    this.permit = permit;
  }

  /** Half of the most that the Java heap may take, in bytes. */
  public static long shareOfHeap() {
    return Math.max(1, Runtime.getRuntime().maxMemory() / SHARE);
  }

  /** Room in all. */
  public long bytes() {
    return bytes;
  }

  /** Bytes that are held now. */
  public long taken() {
    lock.lock();
    try {
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** The most bytes that were ever held. */
  public long mostTaken() {
    lock.lock();
    try {
      return most;
    } finally {
      lock.unlock();
    }
  }

  /** Has everybody who waits ask again whether waiting may go on. */
  public void wake() {
    lock.lock();
    try {
      line.forEach(hold -> hold.turn.signal());
    } finally {
      lock.unlock();
    }
  }

  /** On what terms somebody waits. */
  public interface Terms {
    /** Nanoseconds after which {@link #requireGoing} is asked again, at the latest. */
    long nanosLeft();

    /** Returns where waiting may go on, and else throws what the waiting thread shall throw. */
    void requireGoing();
  }

  /** Waits as long as it takes. */
  private record Patient() implements Terms {
    @Override
    public long nanosLeft() {
      return Long.MAX_VALUE;
    }

    @Override
    public void requireGoing() {}
  }

  /** A hold of nothing yet, for one picture. */
  public Hold hold(Terms terms) {
    return new Hold(terms, 0);
  }

  /** A hold of nothing yet, for one picture that waits as long as it takes. */
  public Hold hold() {
    return holdBeside(0);
  }

  /**
   * The same for a further picture of somebody who gives back none before.
   *
   * @param bytes that they hold already; with them a picture must not need more than all the room
   */
  public Hold holdBeside(long bytes) {
    return new Hold(new Patient(), bytes);
  }

  /** What one picture holds. Close it when its pixels are no longer used, from any thread. */
  public final class Hold implements AutoCloseable {
    private final Terms terms;
    private final long beside; // bytes of other holds that are given back after this one
    private final Condition turn = lock.newCondition();
    private long held;
    private boolean closed;
    private @Nullable RuntimeException end;

    private Hold(Terms terms, long beside) {
      this.terms = terms;
      this.beside = beside;
    }

    /**
     * Takes room for a file and stays first in line for the rest: until {@link #claim} or {@link
     * #close} nobody else takes anything. So there is at most one that holds a part of what it
     * needs, and all others end without it.
     *
     * @param name what messages call the picture
     */
    void claimFile(String name, long fileBytes) {
      take(name, fileBytes, /* stay= */ true);
    }

    /**
     * Takes room for decoding.
     *
     * @param name what messages call the picture
     * @param more bytes beside the file's
     * @throws ImageException where it would be more than the whole room
     * @throws GenerationCancelledException where the thread was interrupted while it waited
     */
    void claim(String name, long more) {
      take(name, more, /* stay= */ false);
    }

    private void take(String name, long more, boolean stay) {
      lock.lock();
      try {
        requireWithin(name, beside + held + more);
        if (!line.contains(this)) {
          line.add(this);
        }
        boolean done = false;
        try {
          awaitTurn(more);
          held += more;
          taken += more;
          most = Math.max(most, taken);
          done = true;
        } finally {
          if (!done || !stay) {
            leave();
          }
        }
      } finally {
        lock.unlock();
      }
    }

    private void awaitTurn(long more) {
      try {
        requireGoing();
        while (line.peek() != this || more > bytes - taken) {
          turn.await(Math.max(1_000, terms.nanosLeft()), TimeUnit.NANOSECONDS);
          requireGoing();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new GenerationCancelledException(
            "interrupted while other pictures took the room for decoding", "");
      }
    }

    private void requireGoing() {
      try {
        permit.run();
        terms.requireGoing();
      } catch (RuntimeException e) {
        end = e;
        throw e;
      }
      if (closed) {
        throw new GenerationCancelledException("ended before it was decoded", "");
      }
    }

    private void requireWithin(String name, long need) {
      if (need > bytes) {
        throw new ImageException(
            name,
            "needs "
                + mebibytes(need)
                + " MiB of the Java heap to be decoded"
                + (beside == 0 ? "" : " beside the request's others")
                + ", more than the "
                + mebibytes(bytes)
                + " MiB for all pictures",
            "give a smaller picture, or a larger heap: -Xmx, FOVEA_JAVA_OPTS=-Xmx... on the command"
                + " line; EngineBuilder.decodeBytes sets the share of it that pictures may take");
      }
    }

    /** Whether {@code failure} is why waiting ended, and nothing about the picture. */
    boolean isEnd(RuntimeException failure) {
      return failure == end || failure instanceof FoveaException;
    }

    /** Bytes held now. */
    public long bytes() {
      lock.lock();
      try {
        return held;
      } finally {
        lock.unlock();
      }
    }

    /** Gives back all but {@code bytes}, or nothing where less is held. */
    void keep(long bytes) {
      lock.lock();
      try {
        long spare = Math.max(0, held - bytes);
        held -= spare;
        taken -= spare;
        leave();
      } finally {
        lock.unlock();
      }
    }

    /** Asks {@link Terms#requireGoing} again where this waits. */
    public void wake() {
      lock.lock();
      try {
        turn.signal();
      } finally {
        lock.unlock();
      }
    }

    /** Gives back everything; closing twice is harmless. What waits with this hold ends. */
    @Override
    public void close() {
      lock.lock();
      try {
        closed = true;
        turn.signal();
        keep(0);
      } finally {
        lock.unlock();
      }
    }

    /** Leaves the line, if it is there, and wakes who is first. */
    private void leave() {
      line.remove(this);
      Hold first = line.peek();
      if (first != null) {
        first.turn.signal();
      }
    }
  }

  /** Rounded up. */
  private static long mebibytes(long bytes) {
    return (bytes >> 20) + ((bytes & ((1 << 20) - 1)) == 0 ? 0 : 1);
  }
}
