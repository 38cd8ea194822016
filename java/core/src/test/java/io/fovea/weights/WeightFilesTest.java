package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.weights.WeightFiles.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders as programs and people leave them: which files are read, and what the message is. */
class WeightFilesTest {
  private static final String INDEX = CheckpointFiles.INDEX;

  @TempDir Path folder;

  /** A file with one-element tensors of those names. */
  private void weights(String file, String... tensors) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String tensor : tensors) {
      writer.add(tensor, new float[1], 1);
    }
    Files.createDirectories(folder.resolve(file).getParent());
    writer.write(folder.resolve(file));
  }

  private void text(String file, String content) throws IOException {
    Files.writeString(folder.resolve(file), content);
  }

  private CheckpointFiles.Contents open() {
    return CheckpointFiles.open(folder);
  }

  private Path fileOf(String tensor) {
    return Objects.requireNonNull(tensors().get(tensor)).file();
  }

  private Map<String, CheckpointFiles.Located> tensors() {
    return open().tensors();
  }

  private void refused(String... parts) {
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void oneWholeFileGoesBeforeAnIndexWhoseShardsAreGone() throws IOException {
    weights("model.safetensors", "a", "b");
    text(INDEX, "{\"weight_map\": {\"a\": \"model-00001-of-00009.safetensors\"}}");
    assertThat(tensors()).containsOnlyKeys("a", "b");
    assertThat(open().notes())
        .containsExactly("model.safetensors is read; " + INDEX + " beside it is not");
    assertThat(open().missing("c")).hasMessageContaining("remove model.safetensors");
    weights("model-00001-of-00009.safetensors", "a", "c");
    assertThat(tensors()).as("whatever its shards hold").containsOnlyKeys("a", "b");
  }

  @Test
  void theIndexDecidesWhereATensorIsInTwoShards() throws IOException {
    weights("one.safetensors", "a", "b");
    weights("two.safetensors", "b", "c");
    text(
        INDEX,
        "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}, \"x\": NaN}");
    assertThat(tensors()).containsOnlyKeys("a", "b");
    assertThat(fileOf("b")).isEqualTo(folder.resolve("two.safetensors"));
  }

  @Test
  void whatAShardLacksIsMissedOnlyWhereItIsNeeded() throws IOException {
    weights("one.safetensors", "a");
    text(INDEX, "{\"weight_map\": {\"a\": \"one.safetensors\", \"z\": \"one.safetensors\"}}");
    assertThat(tensors()).containsOnlyKeys("a");
    assertThat(open().missing("z"))
        .hasMessageContaining("one.safetensors: z: is not in the file that the index names");
    assertThat(open().missing("y")).hasMessageContaining(folder + ": y: is missing");
  }

  @Test
  void shardsMayLieBelowTheIndexAndBehindLinks() throws IOException {
    weights("blobs/4d7a21", "a");
    Files.createDirectory(folder.resolve("shards"));
    Files.createSymbolicLink(folder.resolve("shards/one.safetensors"), Path.of("../blobs/4d7a21"));
    text(INDEX, "{\"weight_map\": {\"a\": \"./shards/../shards/one.safetensors\"}}");
    assertThat(fileOf("a")).isEqualTo(folder.resolve("shards/one.safetensors"));
    Files.delete(folder.resolve("blobs/4d7a21"));
    refused("one.safetensors: shard: is a link to a file that is not there");
  }

  @Test
  void allShardsOfOneSetNeedNoIndex() throws IOException {
    weights("model-00001-of-00003.safetensors", "a");
    weights("model-00003-of-00003.safetensors", "c");
    weights("optimizer.safetensors", "a");
    refused("model-00002-of-00003.safetensors: shard: is missing (1 of the 3 shards are)", INDEX);
    Files.createFile(folder.resolve("model-00002-of-00003.safetensors.incomplete"));
    refused("00003.safetensors.incomplete is there: its download has not ended");
    weights("model-00002-of-00003.safetensors", "b");
    assertThat(tensors()).containsOnlyKeys("a", "b", "c");
    assertThat(open().notes()).singleElement().asString().contains("all 3 shards are read");
    weights("model-00002-of-00003.safetensors", "a");
    refused("00002-of-00003.safetensors: a: is also in", "no index says which", INDEX);
    weights("model-00002-of-00003.safetensors", "b");
    weights("other-00001-of-00001.safetensors", "a");
    refused("model-*-of-3.safetensors, other-*-of-1.safetensors", "leave one of them");
  }

  @ParameterizedTest
  @CsvSource({
    "model.safetensors.index.fp16.json, model.fp16-00001-of-00001.safetensors",
    "model.fp16.safetensors.index.json, model-00001-of-00001.fp16.safetensors"
  })
  void aVariantIsReadWhereThereIsNothingElse(String index, String shard) throws IOException {
    text(index, "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
    weights(shard, "a");
    assertThat(fileOf("a")).isEqualTo(folder.resolve(shard));
    assertThat(open().notes()).singleElement().asString().contains("the variant 'fp16' is read");
    weights("model.fp16.safetensors", "b");
    assertThat(tensors()).as("a whole file goes first").containsOnlyKeys("b");
    weights("model.int8.safetensors", "c");
    refused("could be meant", "model.fp16.safetensors", "model.int8.safetensors");
    weights("model.safetensors", "d");
    assertThat(tensors()).containsOnlyKeys("d");
  }

  @Test
  void filesBesideTheWeightsAreNotMeant() throws IOException {
    weights("cogvlm.safetensors", "a");
    weights("consolidated.safetensors", "layers.0");
    weights("adapter_model.safetensors", "b");
    weights("scheduler.safetensors", "c");
    weights("rng_state_0.safetensors", "d");
    assertThat(tensors()).containsOnlyKeys("a");
    weights("second.safetensors", "a");
    refused("model.safetensors: is missing", "cogvlm.safetensors, second.safetensors");
  }

  @Test
  void foldersWithoutWeightsSayWhy() throws IOException {
    refused("model.safetensors: file: is missing", "./fovea convert");
    Files.createDirectories(folder.resolve("snapshots/4d7a21"));
    refused("entry of the Hub's cache", folder.resolve("snapshots").toString());
    text("adapter_config.json", "{}");
    weights("adapter_model.safetensors", "a");
    refused("PEFT adapter", "merge_and_unload()");
    assertThat(WeightFiles.has(folder, Format.SAFETENSORS)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version https://git-lfs.github.com/spec/v1 | is a Git LFS pointer | git lfs pull",
        "'  <!DOCTYPE HTML><html>' | is a web page | download it again",
        "<?xml?><Error> | is a web page | download it again",
        "Entry not found | is a web page | download it again"
      })
  void whatCameInPlaceOfAFileIsNamed(String content, String problem, String remedy)
      throws IOException {
    text("model.safetensors", content);
    refused("model.safetensors: file: " + problem, remedy);
    Files.delete(folder.resolve("model.safetensors"));
    text(INDEX, content);
    refused(INDEX + ": file: " + problem, remedy);
  }

  @Test
  void namesWithAPrefixAreFollowedThroughTheIndex() throws IOException {
    weights("one.safetensors", "module.model.embed_tokens.weight");
    weights("two.safetensors", "module.lm_head.weight");
    text(
        INDEX,
        "{\"weight_map\": {\"module.model.embed_tokens.weight\": \"one.safetensors\","
            + " \"module.lm_head.weight\": \"two.safetensors\","
            + " \"module.model.norm.weight\": \"two.safetensors\"}}");
    CheckpointFiles.Contents found = open();
    assertThat(found.tensors()).containsOnlyKeys("model.embed_tokens.weight", "lm_head.weight");
    assertThat(Objects.requireNonNull(found.tensors().get("lm_head.weight")).tensor().name())
        .isEqualTo("lm_head.weight");
    assertThat(found.absent()).containsOnlyKeys("model.norm.weight");
    assertThat(found.notes()).hasSize(1);
    assertThat(List.copyOf(WeightFiles.choose(folder, Format.SAFETENSORS).files())).hasSize(2);
  }
}
