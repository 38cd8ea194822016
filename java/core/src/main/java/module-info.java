/**
 * The engine. Exported to all is what an application uses; the rest is exported to Fovea's own
 * tools and may change in every version.
 */
@SuppressWarnings("module") // the tools are not there when this is compiled
module io.fovea {
  requires com.fasterxml.jackson.databind;
  requires io.fovea.binding;
  requires jdk.jfr;
  requires jdk.management;
  requires org.slf4j;
  requires static auto.value.annotations; // while compiling
  requires transitive java.desktop; // BufferedImage
  requires static transitive org.jspecify;

  uses io.fovea.family.ModelFamily;

  exports io.fovea;
  exports io.fovea.chat;
  exports io.fovea.engine;
  exports io.fovea.grounding;
  exports io.fovea.image;
  exports io.fovea.prompt;
  exports io.fovea.sampling;

  // Values become JSON by their fields.
  opens io.fovea.engine to
      com.fasterxml.jackson.databind,
      tools.jackson.databind;
  opens io.fovea.grounding to
      com.fasterxml.jackson.databind,
      tools.jackson.databind;

  exports io.fovea.family to
      io.fovea.tools;
  exports io.fovea.text to
      io.fovea.tools;
  exports io.fovea.model.clip to
      io.fovea.tools;
  exports io.fovea.model.cogvlm to
      io.fovea.tools;
  exports io.fovea.model.kosmos2 to
      io.fovea.tools;
  exports io.fovea.model to
      io.fovea.tools;
  exports io.fovea.model.llama to
      io.fovea.tools;
  exports io.fovea.model.qwenvl to
      io.fovea.tools;
  exports io.fovea.model.shikra to
      io.fovea.tools;
  exports io.fovea.model.eva02 to
      io.fovea.tools;
  exports io.fovea.model.evaclip to
      io.fovea.tools;
  exports io.fovea.weights to
      io.fovea.cli,
      io.fovea.tools;
}
