package io.fovea.binding.presets;

import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * Tells JavaCPP how to translate the two contract headers: every pointer crosses as a {@code long}
 * address, so that a call makes no Java object. {@code fovea/tensor.h} is left out on purpose: its
 * structs would become classes that nobody needs.
 */
@Properties(
    value =
        @Platform(
            include = {"fovea/fovea.h", "fovea/ops.h"},
            link = "fovea"),
    target = "io.fovea.binding",
    global = "io.fovea.binding.fovea")
@NoException // the C contract never throws: failures are statuses
public class fovea implements InfoMapper {
  @Override
  public void map(InfoMap infoMap) {
    infoMap.put(new Info("FOV_API").cppTypes().annotations().cppText(""));
    infoMap.put(new Info("fov_status").enumerate(false).valueTypes("int").cast());
    infoMap.put(new Info("fov_context").pointerTypes("@Cast(\"fov_context*\") long"));
    infoMap.put(new Info("fov_graph").pointerTypes("@Cast(\"fov_graph*\") long").skip());
    infoMap.put(new Info("fov_tensor").pointerTypes("@Cast(\"fov_tensor*\") long"));
    infoMap.put(new Info("void").valueTypes("void").pointerTypes("@Cast(\"void*\") long"));
  }
}
