package io.fovea.server.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.server.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PictureStoreTest {
  private static final Duration TTL = Duration.ofMinutes(10);
  private static final int KIB = 1024;

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final PictureStore store = new PictureStore(100 * KIB, 60 * KIB, TTL, now::get);

  private PictureStore.Stored put(int bytes, @Nullable String caller) {
    return store.put(new byte[bytes], caller);
  }

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }

  @Test
  void whatIsUsedStays() {
    PictureStore.Stored used = put(KIB, "a");
    PictureStore.Stored unused = put(KIB, "a");
    for (int i = 0; i < 5; i++) {
      pass(TTL.minusSeconds(1));
      assertThat(store.get(used.id(), "a", null).file()).hasSize(KIB);
    }
    assertThatThrownBy(() -> store.get(unused.id(), "a", "image"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("upload it again");
    pass(TTL);
    assertThat(store.bytes()).isZero();
  }

  @Test
  void othersPicturesAreNotThere() {
    PictureStore.Stored mine = put(KIB, "a");
    for (String other : new String[] {"b", null}) {
      assertThatThrownBy(() -> store.get(mine.id(), other, null)).isInstanceOf(ApiException.class);
      assertThatThrownBy(() -> store.remove(mine.id(), other)).isInstanceOf(ApiException.class);
    }
    store.remove(mine.id(), "a");
    assertThat(store.bytes()).isZero();
  }

  /** One caller fills its share, and the others still have room. */
  @Test
  void aCallerHasAShare() {
    PictureStore.Stored first = put(50 * KIB, "a");
    assertThatThrownBy(() -> put(20 * KIB, "a"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("your");
    assertThatCode(() -> put(30 * KIB, "b")).doesNotThrowAnyException();
    store.remove(first.id(), "a");
    assertThatCode(() -> put(50 * KIB, "a")).doesNotThrowAnyException();
    assertThatThrownBy(() -> put(25 * KIB, "c")).isInstanceOf(ApiException.class);
  }

  /** However small they are, only so many fit; all of the room comes back. */
  @Test
  void manySmallOnesCostMoreThanTheirBytes() {
    List<PictureStore.Stored> all = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 60 * KIB; i++) {
                all.add(put(1, "a"));
              }
            })
        .isInstanceOf(ApiException.class);
    assertThat(all).hasSizeLessThan(200);
    assertThat(store.bytes()).isGreaterThan(50 * KIB);
    pass(TTL);
    assertThat(store.bytes()).isZero();
    assertThatCode(() -> put(50 * KIB, "a")).doesNotThrowAnyException();
  }
}
