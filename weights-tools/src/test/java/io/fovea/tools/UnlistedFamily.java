package io.fovea.tools;

import io.fovea.family.ModelDescription;
import io.fovea.family.ModelFamily;
import io.fovea.model.ConfigObject;
import io.fovea.weights.StoredShapes;
import java.lang.reflect.Proxy;

/** A kind of model as a jar of its own would bring it; it can be described and nothing else. */
public final class UnlistedFamily implements ModelFamily {
  @Override
  public String displayName() {
    return "Unlisted";
  }

  @Override
  public String architecture() {
    return "UnlistedForCausalLM";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  @Override
  public ModelDescription read(ConfigObject config, StoredShapes stored) {
    return (ModelDescription)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ModelDescription.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("family")) {
                return this;
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }
}
