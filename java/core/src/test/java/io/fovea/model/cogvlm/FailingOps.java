package io.fovea.model.cogvlm;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Ops of a device that fails at one call: an op, a copy or an allocation. Frames do not count. */
final class FailingOps {
  /** The failure. */
  static final class Planned extends RuntimeException {
    private static final long serialVersionUID = 1;

    Planned(String call) {
      super(call + " was to fail");
    }
  }

  private final Ops ops;
  private int callsLeft;

  /**
   * @param calls that succeed before
   */
  FailingOps(Ops real, int calls) {
    this.callsLeft = calls;
    DeviceMemory memory = proxy(DeviceMemory.class, counting(real.memory()));
    InvocationHandler counting = counting(real);
    this.ops =
        proxy(
            Ops.class,
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "memory" -> memory;
                  case "frame" -> {
                    real.frame((Runnable) arguments[0]);
                    yield null;
                  }
                  default -> counting.invoke(self, method, arguments);
                });
  }

  Ops ops() {
    return ops;
  }

  private InvocationHandler counting(Object real) {
    return (self, method, arguments) -> {
      if (callsLeft-- == 0) {
        throw new Planned(method.getName());
      }
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    };
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
