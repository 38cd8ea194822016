/** The C functions of libfovea as Java methods; for Fovea alone. */
@SuppressWarnings("module") // io.fovea is not there when this is compiled
module io.fovea.binding {
  requires transitive org.bytedeco.javacpp;

  exports io.fovea.binding to
      io.fovea;
}
