package io.fovea.weights;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import io.fovea.weights.WeightFiles.Chosen;
import io.fovea.weights.WeightFiles.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The weights of a directory that has neither the usual file nor the usual index. */
final class WeightNames {
  private static final int MAX_SHARDS = 10_000;

  /** What training leaves beside a model. */
  private static final Pattern TRAINING =
      Pattern.compile(
          "(?:optimizer|scheduler|training_args|random_states|rng_state|scaler)[._0-9-].*");

  private static final Pattern ADAPTER = Pattern.compile("adapter_(?:model|config)\\..*");

  /** A second copy of the weights under other tensor names, in the form of the model's authors. */
  private static final Pattern CONSOLIDATED = Pattern.compile("consolidated[.-].*");

  private record Shards(String stem, int count) {
    String name(int number, String suffix) {
      return String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, number, count, suffix);
    }
  }

  private final Path directory;
  private final Format format;
  private final List<String> names;
  private final Map<String, String> variants = new TreeMap<>(); // variant: its file or index
  private final Map<String, TreeSet<Integer>> shards =
      new TreeMap<>(); // by what only lacks a number
  private final Map<String, Shards> sets = new TreeMap<>();
  private final List<String> others = new ArrayList<>();

  WeightNames(Path directory, Format format) {
    this.directory = directory;
    this.format = format;
    names = WeightFiles.names(directory);
    String suffix = Pattern.quote(format.suffix());
    Pattern shard = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})" + suffix);
    String stem = Pattern.quote(format.stem());
    Pattern variant = Pattern.compile(stem + "\\.([\\w-]+)" + suffix);
    Pattern index =
        Pattern.compile(stem + "(?:\\.([\\w-]+))?" + suffix + "\\.index(?:\\.([\\w-]+))?\\.json");
    for (String name : names) {
      Matcher numbered = shard.matcher(name);
      Matcher varied = variant.matcher(name);
      Matcher listed = index.matcher(name);
      if (TRAINING.matcher(name).matches() || ADAPTER.matcher(name).matches()) {
        continue;
      }
      if (numbered.matches()) {
        addShard(numbered);
      } else if (listed.matches()) {
        String of = listed.group(1) == null ? listed.group(2) : listed.group(1);
        variants.putIfAbsent(of == null ? "" : of, name);
      } else if (varied.matches()) {
        variants.put(varied.group(1), name); // a whole file goes before an index
      } else if (name.endsWith(format.suffix())) {
        others.add(name);
      }
    }
    if (others.size() > 1) {
      others.removeIf(name -> CONSOLIDATED.matcher(name).matches());
    }
  }

  private void addShard(Matcher name) {
    Shards set = new Shards(name.group(1), Integer.parseInt(name.group(3)));
    String key = set.name(0, format.suffix());
    sets.put(key, set);
    shards.computeIfAbsent(key, k -> new TreeSet<>()).add(Integer.parseInt(name.group(2)));
  }

  /** The first file of an adapter in a folder. */
  static Optional<String> adapterBeside(Path directory) {
    return WeightFiles.names(directory).stream()
        .filter(name -> ADAPTER.matcher(name).matches())
        .findFirst();
  }

  boolean any() {
    return !(variants.isEmpty() && sets.isEmpty() && others.isEmpty());
  }

  /**
   * What can be meant in one way only: a variant, else a set of shards, else one file.
   *
   * @throws ModelLoadException where there is nothing, or more than one is meant
   */
  Chosen only() {
    if (variants.size() == 1) {
      Map.Entry<String, String> only = variants.entrySet().iterator().next();
      Path file = directory.resolve(only.getValue());
      List<String> notes =
          List.of(
              "there is no " + format.single() + "; the variant '" + only.getKey() + "' is read");
      return file.toString().endsWith(".json")
          ? WeightFiles.indexed(file, notes)
          : Chosen.file(file, notes);
    }
    if (variants.isEmpty() && sets.size() == 1) {
      return allShards(sets.values().iterator().next(), sets.keySet().iterator().next());
    }
    if (variants.isEmpty() && sets.isEmpty() && others.size() == 1) {
      return Chosen.file(directory.resolve(others.get(0)), List.of());
    }
    throw any() ? unclear() : nothing();
  }

  private Chosen allShards(Shards set, String key) {
    TreeSet<Integer> found = shards.getOrDefault(key, new TreeSet<>());
    if (set.count() < 1 || set.count() > MAX_SHARDS) {
      throw unclear();
    }
    List<String> missing =
        IntStream.rangeClosed(1, set.count())
            .filter(number -> !found.contains(number))
            .mapToObj(number -> set.name(number, format.suffix()))
            .toList();
    if (!missing.isEmpty()) {
      Path first = directory.resolve(missing.get(0));
      throw new ModelLoadException(
          first,
          "shard",
          Downloads.whyMissing(first)
              + " ("
              + missing.size()
              + " of the "
              + set.count()
              + " shards are)",
          "fetch the missing shards and " + format.index());
    }
    List<Path> files =
        IntStream.rangeClosed(1, set.count())
            .mapToObj(number -> directory.resolve(set.name(number, format.suffix())))
            .toList();
    return new Chosen(
        files,
        null,
        List.of("there is no " + format.index() + "; all " + set.count() + " shards are read"));
  }

  private ModelLoadException unclear() {
    List<String> found = new ArrayList<>(variants.values());
    sets.values().forEach(set -> found.add(set.stem() + "-*-of-" + set.count() + format.suffix()));
    found.addAll(others);
    return new ModelLoadException(
        directory,
        format.single(),
        "is missing, and each of these could be meant: " + String.join(", ", found),
        "leave one of them in the folder, or fetch the " + format.index() + " of the shards");
  }

  private ModelLoadException nothing() {
    refuseKnown();
    Path single = directory.resolve(format.single());
    return new ModelLoadException(
        single,
        "file",
        Downloads.whyMissing(single),
        "fetch the model's "
            + format.suffix().substring(1)
            + " files, or convert another format with './fovea convert'");
  }

  /** Refuses a directory whose files tell why no weights are there. */
  void refuseKnown() {
    if (names.stream().anyMatch(name -> ADAPTER.matcher(name).matches())) {
      throw new ModelLoadException(
          directory,
          format.single(),
          "is missing: the folder holds a PEFT adapter (LoRA or the like) without its model",
          TensorNames.MERGE);
    }
    if (Files.isDirectory(directory.resolve("snapshots"))) {
      throw new ModelLoadException(
          directory,
          format.single(),
          "is missing: the folder is an entry of the Hub's cache",
          "name the folder of a revision in " + directory.resolve("snapshots"));
    }
    if (Downloads.hasUnfinished(directory)) {
      throw new ModelLoadException(
          directory,
          format.single(),
          "is missing, and a download here has not ended",
          "download it again");
    }
  }
}
