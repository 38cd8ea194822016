package io.fovea.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fovea.grounding.PixelBox;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Questions with known answers about pictures of one folder, RefCOCO style: {@code rec.json}
 * (phrase to box), {@code reg.json} (box to phrase), {@code vqa.json} (question to answer), {@code
 * caption.json} (all objects of a picture), {@code absent.json} (phrases for what is not there).
 * Each is a JSON list; {@code image} is a path below the folder, boxes are pixels.
 *
 * @param located entries of rec.json
 * @param described entries of reg.json; empty where there is no such file
 * @param asked entries of vqa.json; empty where there is no such file
 * @param captioned entries of caption.json; empty where there is no such file
 * @param absent entries of absent.json; empty where there is no such file
 */
record Expected(
    List<Located> located,
    List<Described> described,
    List<Asked> asked,
    List<Captioned> captioned,
    List<Absent> absent) {
  private static final String REMEDY =
      "weights-tools/python/scenes.py writes folders of the form expected";

  /**
   * Where something is.
   *
   * @param box left, top, right, bottom in pixels
   * @param kind of expression, such as "attribute" or "relation"; may be absent
   */
  record Located(String image, String phrase, List<Double> box, @Nullable String kind) {
    PixelBox pixels() {
      return rectangle(box);
    }
  }

  /** What is in a box (pixels). */
  record Described(String image, List<Double> box, String phrase) {
    PixelBox pixels() {
      return rectangle(box);
    }
  }

  /**
   * A short answer.
   *
   * @param kind of question, such as "count"; may be absent
   */
  record Asked(String image, String question, String answer, @Nullable String kind) {}

  /** All that a caption should name, in any order. */
  record Captioned(String image, List<Shown> objects) {}

  /**
   * An object of a picture.
   *
   * @param phrase its name without article, such as "red circle"
   * @param box left, top, right, bottom in pixels
   */
  record Shown(String phrase, List<Double> box) {
    PixelBox pixels() {
      return rectangle(box);
    }
  }

  /**
   * What a picture does not have.
   *
   * @param kind of phrase, such as "foreign"; may be absent
   */
  record Absent(String image, String phrase, @Nullable String kind) {}

  /**
   * Reads a folder.
   *
   * @throws CommandFailure when rec.json is missing or an entry lacks something
   */
  static Expected read(Path folder) {
    return new Expected(
        located(folder.resolve("rec.json")),
        described(folder.resolve("reg.json")),
        asked(folder.resolve("vqa.json")),
        captioned(folder.resolve("caption.json")),
        absent(folder.resolve("absent.json")));
  }

  /** The same questions by picture, in the order in which the files first name each. */
  Map<String, Expected> byPicture() {
    Map<String, Expected> pictures = new LinkedHashMap<>();
    located.forEach(entry -> of(pictures, entry.image()).located.add(entry));
    described.forEach(entry -> of(pictures, entry.image()).described.add(entry));
    asked.forEach(entry -> of(pictures, entry.image()).asked.add(entry));
    captioned.forEach(entry -> of(pictures, entry.image()).captioned.add(entry));
    absent.forEach(entry -> of(pictures, entry.image()).absent.add(entry));
    return pictures;
  }

  /** The same without what is not there. */
  Expected withoutAbsent() {
    return new Expected(located, described, asked, captioned, List.of());
  }

  private static Expected of(Map<String, Expected> pictures, String image) {
    return pictures.computeIfAbsent(
        image,
        name ->
            new Expected(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>()));
  }

  /** Reads a file of the form of rec.json. */
  static List<Located> located(Path file) {
    List<Located> entries = Json.read(file, new TypeReference<>() {}, REMEDY);
    for (int i = 0; i < entries.size(); i++) {
      Entry at = new Entry(file, i);
      Located entry = at.require("content", entries.get(i));
      at.requireImage(entry.image());
      at.requireText("phrase", entry.phrase());
      at.requireBox(entry.box());
    }
    return entries;
  }

  private static List<Described> described(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<Described> entries = Json.read(file, new TypeReference<>() {}, REMEDY);
    for (int i = 0; i < entries.size(); i++) {
      Entry at = new Entry(file, i);
      Described entry = at.require("content", entries.get(i));
      at.requireImage(entry.image());
      at.requireText("phrase", entry.phrase());
      at.requireBox(entry.box());
    }
    return entries;
  }

  private static List<Asked> asked(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<Asked> entries = Json.read(file, new TypeReference<>() {}, REMEDY);
    for (int i = 0; i < entries.size(); i++) {
      Entry at = new Entry(file, i);
      Asked entry = at.require("content", entries.get(i));
      at.requireImage(entry.image());
      at.requireText("question", entry.question());
      at.require("answer", entry.answer());
    }
    return entries;
  }

  private static List<Captioned> captioned(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<Captioned> entries = Json.read(file, new TypeReference<>() {}, REMEDY);
    for (int i = 0; i < entries.size(); i++) {
      Entry at = new Entry(file, i);
      Captioned entry = at.require("content", entries.get(i));
      at.requireImage(entry.image());
      for (Shown shown : at.require("objects", entry.objects())) {
        at.require("objects", shown);
        at.requireText("phrase", shown.phrase());
        at.requireBox(shown.box());
      }
    }
    return entries;
  }

  private static List<Absent> absent(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<Absent> entries = Json.read(file, new TypeReference<>() {}, REMEDY);
    for (int i = 0; i < entries.size(); i++) {
      Entry at = new Entry(file, i);
      Absent entry = at.require("content", entries.get(i));
      at.requireImage(entry.image());
      at.requireText("phrase", entry.phrase());
    }
    return entries;
  }

  /** An entry of a file, whose parts may be missing. */
  private record Entry(Path file, int index) {
    <T> T require(String key, @Nullable T value) {
      if (value == null) {
        throw unusable(key, "");
      }
      return value;
    }

    void requireText(String key, @Nullable String text) {
      if (require(key, text).isBlank()) {
        throw unusable(key, ": it is empty");
      }
    }

    /** A path below the folder that the file lies in. */
    void requireImage(@Nullable String image) {
      requireText("image", image);
      Path folder = file.toAbsolutePath().normalize().getParent();
      try {
        Path picture = Path.of(String.valueOf(image));
        if (!picture.isAbsolute()
            && (folder == null || folder.resolve(picture).normalize().startsWith(folder))
            && String.valueOf(image).chars().noneMatch(Character::isISOControl)) {
          return;
        }
      } catch (InvalidPathException e) {
        throw unusable("image", ": it is no path");
      }
      throw unusable("image", ": it must be a path below the folder");
    }

    void requireBox(@Nullable List<Double> box) {
      if (box == null || box.size() != 4 || box.contains(null)) {
        throw unusable("box", ": it must be four numbers");
      }
      double sum = box.stream().mapToDouble(Double::doubleValue).sum();
      if (!(Double.isFinite(sum) && box.get(0) <= box.get(2) && box.get(1) <= box.get(3))) {
        throw unusable("box", ": " + box + " is not left, top, right, bottom");
      }
    }

    private CommandFailure unusable(String key, String why) {
      return new CommandFailure(
          file + ": entry " + index + " has no usable '" + key + "'" + why, REMEDY);
    }
  }

  private static PixelBox rectangle(List<Double> box) {
    return new PixelBox(box.get(0), box.get(1), box.get(2), box.get(3));
  }
}
