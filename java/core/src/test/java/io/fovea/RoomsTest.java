package io.fovea;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.fovea.grounding.GroundingDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The map of rooms: who may use whom. Every room may use the JDK and {@code io.fovea} itself. */
class RoomsTest {
  private static final String ROOT = "io.fovea";

  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("tensor", List.of()),
          Map.entry("ops", List.of("tensor")),
          Map.entry("weights", List.of("ops", "tensor")),
          Map.entry("model", List.of("ops", "tensor", "weights")),
          Map.entry(
              "family",
              List.of(
                  "model", "ops", "tensor", "weights", "text", "prompt", "grounding", "decoding")),
          Map.entry("nativeops", List.of("ops", "tensor", "binding")),
          Map.entry("profiling", List.of("ops", "tensor")),
          Map.entry("image", List.of("tensor")),
          Map.entry("text", List.of()),
          Map.entry("chat", List.of("engine", "image", "prompt", "sampling")),
          Map.entry("prompt", List.of()),
          Map.entry("sampling", List.of()),
          Map.entry("decoding", List.of("sampling", "grounding", "ops", "tensor")),
          Map.entry("grounding", List.of()));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void roomsUseOnlyThoseBelow() {
    MAY_USE.forEach(
        (room, below) -> {
          List<String> allowed = new ArrayList<>(List.of(ROOT, pattern(room)));
          below.forEach(other -> allowed.add(pattern(other)));
          noClasses()
              .that()
              .resideInAPackage(pattern(room))
              .should()
              .dependOnClassesThat(
                  resideInAPackage(ROOT + "..")
                      .and(resideOutsideOfPackages(allowed.toArray(String[]::new))))
              .check(CLASSES);
        });
  }

  /** The engine knows kinds of models through {@code family} alone. */
  @Test
  void theEngineKnowsNoKindOfModel() {
    noClasses()
        .that()
        .resideInAPackage(pattern("engine"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".model.*..")
        .orShould()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are a dialect",
                type ->
                    type.getSimpleName().endsWith("Dialect")
                        && !type.isEquivalentTo(GroundingDialect.class)))
        .check(CLASSES);
  }

  @Test
  void everyRoomIsOnTheMap() {
    assertThat(CLASSES)
        .extracting(type -> type.getPackageName())
        .allSatisfy(
            name -> {
              String room =
                  name.equals(ROOT)
                      ? ""
                      : name.substring(ROOT.length() + 1).replaceAll("\\..*", "");
              assertThat(
                      room.isEmpty()
                          || room.equals("engine")
                          || room.equals("binding")
                          || MAY_USE.containsKey(room))
                  .as(name)
                  .isTrue();
            });
  }

  @Test
  void onlyNativeopsKnowsTheBindingAndJavaCpp() {
    noClasses()
        .that()
        .resideOutsideOfPackages(pattern("nativeops"), pattern("binding"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(pattern("binding"), "org.bytedeco..")
        .check(CLASSES);
  }

  /** Methods of the public API neither take nor return JSON, native or logging types. */
  @Test
  void theApiShowsNoLibrary() {
    CLASSES.stream()
        .filter(type -> type.getPackageName().equals(pattern("engine").replace("..", "")))
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(type -> type.getMethods().stream())
        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
        .forEach(
            method -> {
              List<String> types = new ArrayList<>();
              types.add(method.getRawReturnType().getPackageName());
              method.getRawParameterTypes().forEach(type -> types.add(type.getPackageName()));
              assertThat(types)
                  .as(method.getFullName())
                  .noneMatch(
                      name ->
                          name.startsWith("com.")
                              || name.startsWith("org.bytedeco")
                              || name.startsWith("org.slf4j")
                              || name.startsWith(ROOT + ".model")
                              || name.startsWith(ROOT + ".nativeops")
                              || name.startsWith(ROOT + ".tensor"));
            });
  }

  @Test
  void nothingPrintsToTheConsole() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void implementationsAreNotExported() {
    classes()
        .that()
        .resideInAPackage(pattern("engine"))
        .and()
        .haveSimpleNameEndingWith("Work")
        .should()
        .bePackagePrivate()
        .check(CLASSES);
  }

  private static String pattern(String room) {
    return ROOT + "." + room + "..";
  }
}
