package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another user could do to the folder is noticed before anything is put there. */
class PrivateFolderTest {
  private static final int SOMEBODY = 12345; // an uid that is not this test's

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temporary;

  @SuppressWarnings("NullAway.Init")
  private Path root;

  @BeforeEach
  void layOut() throws IOException {
    temporary = temporary.toRealPath();
    root = temporary.resolve("fovea");
  }

  private static Path make(Path folder, int mode) throws IOException {
    Files.createDirectories(folder);
    Files.setAttribute(folder, "unix:mode", mode);
    return folder;
  }

  private void assertRefused(Path named, String... parts) {
    assertThatThrownBy(() -> PrivateFolder.create(root, "leaf"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(named + " ")
        .hasMessageContainingAll(parts);
  }

  private static void giveAway(Path path) throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a file away");
    Files.setAttribute(path, "unix:uid", SOMEBODY, LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void whatIsMissingIsMadeForThisUserAlone() throws IOException {
    Path cache = temporary.resolve("a").resolve("b");
    root = cache.resolve("fovea");
    Path folder = PrivateFolder.create(root, "leaf");
    assertThat(folder).isEqualTo(root.resolve("leaf"));
    for (Path made : List.of(temporary.resolve("a"), cache, root, folder)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
    assertThat(PrivateFolder.create(root, "leaf")).isEqualTo(folder);
  }

  @Test
  void aFolderThatOthersCanWriteIsRefused() throws IOException {
    for (int mode : new int[] {0720, 0702}) {
      make(root, mode);
      assertRefused(root, "mode " + Integer.toOctalString(mode));
    }
    make(root, 0755);
    assertRefused(make(root.resolve("leaf"), 0777), "mode 777");
    assertThat(root.resolve("leaf")).isEmptyDirectory();
  }

  @Test
  void aSymbolicLinkIsRefused() throws IOException {
    Path elsewhere = make(temporary.resolve("elsewhere"), 0700);
    Files.createSymbolicLink(root, elsewhere);
    assertRefused(root, "symbolic link");
    Files.delete(root);
    Files.createSymbolicLink(make(root, 0700).resolve("leaf"), elsewhere);
    assertRefused(root.resolve("leaf"), "symbolic link");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void aFileInItsPlaceIsRefused() throws IOException {
    Files.writeString(root, "");
    assertRefused(root, "no folder");
  }

  @Test
  void anotherUsersFolderIsRefused() throws IOException {
    giveAway(make(root, 0700));
    assertRefused(root, "another user", "uid " + SOMEBODY);
  }

  /** Who may rename the folder can put another one in its place. */
  @Test
  void aFolderThatOthersCouldReplaceIsRefused() throws IOException {
    Path shared = make(temporary.resolve("shared"), 0777);
    root = shared.resolve("fovea");
    assertRefused(shared, "mode 777");
    make(shared, 01777);
    assertThat(PrivateFolder.create(root, "leaf")).isDirectory();
    giveAway(shared);
    assertRefused(shared, "another user");
  }

  @Test
  void aCacheMayLieElsewhereByASymbolicLink() throws IOException {
    Path elsewhere = make(temporary.resolve("elsewhere"), 0700);
    Path cache = Files.createSymbolicLink(temporary.resolve("cache"), elsewhere);
    root = cache.resolve("fovea");
    assertThat(PrivateFolder.create(root, "leaf"))
        .isEqualTo(elsewhere.resolve("fovea").resolve("leaf"));
    make(elsewhere, 0777);
    assertRefused(elsewhere, "mode 777");
  }

  @Test
  void onlyThisUsersOwnFilesAreTakenAsTheyAre() throws IOException {
    Path file = Files.createTempFile(temporary, "library", ".so");
    assertThat(PrivateFolder.isOwnFile(file)).isTrue();
    assertThat(PrivateFolder.isOwnFile(temporary.resolve("missing"))).isFalse();
    assertThat(PrivateFolder.isOwnFile(Files.createSymbolicLink(temporary.resolve("link"), file)))
        .isFalse();
    Files.setAttribute(file, "unix:mode", 0660);
    assertThat(PrivateFolder.isOwnFile(file)).isFalse();
    Files.setAttribute(file, "unix:mode", 0600);
    giveAway(file);
    assertThat(PrivateFolder.isOwnFile(file)).isFalse();
  }
}
