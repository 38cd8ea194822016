package io.fovea.nativeops;

/** A process of its own: loads the library and says where from and by which steps. */
final class LoadProbe {
  private LoadProbe() {}

  public static void main(String[] arguments) {
    NativeLoadReport report = NativeLibrary.load();
    System.out.println("location " + report.location());
    report.notes().forEach(System.out::println);
  }
}
