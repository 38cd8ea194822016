/** Checkpoints read, converted, quantised, inspected and verified. */
@SuppressWarnings("module") // the command line is not there when this is compiled
module io.fovea.tools {
  requires com.fasterxml.jackson.databind;
  requires transitive io.fovea;
  requires static transitive org.jspecify;

  exports io.fovea.tools;
  exports io.fovea.tools.layout;
  exports io.fovea.tools.output;
  exports io.fovea.tools.quant;
  exports io.fovea.tools.synthetic;
  exports io.fovea.tools.gguf to
      io.fovea.cli;
  exports io.fovea.tools.source to
      io.fovea.cli;
}
