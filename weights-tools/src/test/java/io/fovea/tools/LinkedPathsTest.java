package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.FoveaException;
import io.fovea.InvalidRequestException;
import io.fovea.ModelWriteException;
import io.fovea.ProgressListener;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read is never written over, whatever names lead to it, and nothing behind a link is. */
class LinkedPathsTest {
  private static final String APART = "is or contains the source";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path model;

  @SuppressWarnings("NullAway.Init")
  private Path other;

  private Map<String, String> before = Map.of();

  @BeforeEach
  void write() throws IOException {
    model = synthesize("model");
    other = synthesize("other");
  }

  /** Nothing has changed in the folder, links included, since {@link #refuse} began. */
  @AfterEach
  void nothingIsLost() throws IOException {
    if (!before.isEmpty()) {
      assertThat(tree()).isEqualTo(before);
    }
  }

  private Path synthesize(String name) {
    Path directory = folder.resolve(name);
    Synthesizer.synthesize(
        Preset.SMALL_V1.model(),
        1,
        Formats.plain(PlainType.BF16),
        OutputOptions.to(directory),
        ProgressListener.none());
    return directory;
  }

  private Map<String, String> tree() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        String content =
            Files.isSymbolicLink(file)
                ? "-> " + Files.readSymbolicLink(file)
                : Files.isDirectory(file) ? "/" : "" + Arrays.hashCode(Files.readAllBytes(file));
        found.put(folder.relativize(file).toString(), content);
      }
    }
    return found;
  }

  private static void convert(Path source, Path out, Formats formats) {
    OutputOptions options = new OutputOptions(out, 1 << 20, true, 1);
    Converter.convert(source, formats, options, ProgressListener.none());
  }

  private void refuse(
      Path source, Path out, Class<? extends FoveaException> type, String... mentioned)
      throws IOException {
    before = tree();
    for (Formats formats : new Formats[] {Formats.plain(PlainType.F32), int8()}) {
      assertThatThrownBy(() -> convert(source, out, formats))
          .isInstanceOf(type)
          .hasMessageContainingAll(mentioned)
          .hasMessageNotContaining("java.");
    }
  }

  private static Formats int8() {
    return Formats.all(WeightFormat.INT8);
  }

  private Path link(String name, Path to) throws IOException {
    return Files.createSymbolicLink(folder.resolve(name), to);
  }

  @Test
  void anOutputThatIsALinkToTheSource() throws IOException {
    refuse(model, link("out", Path.of("model")), InvalidRequestException.class, APART);
  }

  @Test
  void aSourceThatIsALinkToTheOutput() throws IOException {
    refuse(link("source", model), model, InvalidRequestException.class, APART);
  }

  @Test
  void aSourceBelowALinkedFolder() throws IOException {
    Path again = link("again", folder);
    refuse(again.resolve("model"), model, InvalidRequestException.class, APART);
    refuse(model, again.resolve("model"), InvalidRequestException.class, APART);
    refuse(again.resolve("model/model.safetensors"), model, InvalidRequestException.class, APART);
  }

  @Test
  void weightsThatAreLinksIntoTheOutput() throws IOException {
    Files.move(
        model.resolve("model.safetensors"),
        other.resolve("model.safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
    link("hop", other.resolve("model.safetensors"));
    Files.createSymbolicLink(model.resolve("model.safetensors"), Path.of("../hop"));
    refuse(model, other, InvalidRequestException.class, APART);
  }

  @Test
  void aTokenizerThatIsALinkIntoTheOutput() throws IOException {
    Files.delete(model.resolve("tokenizer.model"));
    Files.createSymbolicLink(model.resolve("tokenizer.model"), other.resolve("tokenizer.model"));
    refuse(model, other, InvalidRequestException.class, APART);
  }

  @Test
  void weightsInWhatIsPutTogetherBesideTheOutput() throws IOException {
    Path part = Files.createDirectory(folder.resolve("out.part"));
    Files.move(model.resolve("model.safetensors"), part.resolve("model.safetensors"));
    Files.createSymbolicLink(model.resolve("model.safetensors"), part.resolve("model.safetensors"));
    refuse(model, folder.resolve("out"), InvalidRequestException.class, APART);
  }

  @Test
  void anOutputThatIsALinkToAnotherFolder() throws IOException {
    refuse(
        model,
        link("out", Path.of("other")),
        ModelWriteException.class,
        "is a link",
        "name " + other.toRealPath());
  }

  @Test
  void anOutputThatIsALinkToNothing() throws IOException {
    refuse(model, link("out", Path.of("gone")), ModelWriteException.class, "is a link", "remove");
  }

  @Test
  void aPartThatIsALink() throws IOException {
    link("out.part", Path.of("other"));
    refuse(model, folder.resolve("out"), ModelWriteException.class, "out.part", "is a link");
  }

  @Test
  void aPartThatIsAFile() throws IOException {
    Files.writeString(folder.resolve("out.part"), "notes");
    refuse(model, folder.resolve("out"), ModelWriteException.class, "out.part", "is no folder");
  }

  @Test
  void anOutputBelowAFile() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes"), "notes");
    refuse(model, notes.resolve("out"), ModelWriteException.class, "notes", "is no folder");
    refuse(model, notes.resolve("a/out"), ModelWriteException.class, "notes", "is no folder");
  }

  @Test
  void aFolderNamedReplacedIsNobodysToRemove() throws IOException {
    Path kept = Files.createDirectory(folder.resolve("out.replaced"));
    Files.writeString(kept.resolve("thesis.txt"), "years");
    convert(model, folder.resolve("out"), int8());
    convert(model, folder.resolve("out"), Formats.plain(PlainType.F32));
    assertThat(kept.resolve("thesis.txt")).hasContent("years");
    assertThat(names()).containsExactlyInAnyOrder("model", "other", "out", "out.replaced");
  }

  @Test
  void aLinkNamedReplacedIsNotFollowed() throws IOException {
    Path link = link("out.replaced", Path.of("other"));
    Map<String, String> kept = tree();
    convert(model, folder.resolve("out"), int8());
    convert(model, folder.resolve("out"), Formats.plain(PlainType.F32));
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(tree()).containsAllEntriesOf(kept);
  }

  /** Of a replaced model that consists of links, as folders of the Hub's cache do. */
  @Test
  void filesBehindTheLinksOfAReplacedModelStay() throws IOException {
    Path blob = Files.move(other.resolve("model.safetensors"), folder.resolve("blob"));
    Files.createSymbolicLink(other.resolve("model.safetensors"), Path.of("../blob"));
    convert(model, other, int8());
    assertThat(blob).exists();
    assertThat(Files.isSymbolicLink(other.resolve("model.safetensors"))).isFalse();
    assertThat(Files.exists(folder.resolve("other.replaced"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList().stream();
    }
  }
}
