package io.fovea.spring.boot;

import io.fovea.engine.VisionEngine;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/**
 * A health indicator of Spring Boot 3.5, whose package Spring Boot 4 has no more. One jar serves
 * both and is compiled on 4, so this one is made by reflection.
 */
final class Boot3Health implements InvocationHandler {
  private static final String PACKAGE = "org.springframework.boot.actuate.health.";
  static final String INDICATOR = PACKAGE + "HealthIndicator";

  private final Supplier<VisionEngine> engine;
  private final Class<?> health;

  private Boot3Health(Supplier<VisionEngine> engine, ClassLoader boot) {
    this.engine = engine;
    health = ClassUtils.resolveClassName(PACKAGE + "Health", boot);
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getName().equals("health")) {
      return health();
    }
    return method.isDefault()
        ? InvocationHandler.invokeDefault(proxy, method, arguments)
        : method.invoke(this, arguments); // toString and the like
  }

  private Object health() throws ReflectiveOperationException {
    HealthReport report = HealthReport.of(engine.get());
    Object builder = health.getMethod("status", String.class).invoke(null, report.status());
    builder
        .getClass()
        .getMethod("withDetails", Map.class)
        .invoke(builder, Map.copyOf(report.details()));
    return builder.getClass().getMethod("build").invoke(builder);
  }

  /** Makes it a bean of the type by which Spring Boot finds it. */
  static final class Registrar implements ImportBeanDefinitionRegistrar {
    private static final String BEAN = "foveaHealthIndicator";

    @Override
    public void registerBeanDefinitions(
        AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
      if (registry.containsBeanDefinition(BEAN)
          || !(registry instanceof ConfigurableListableBeanFactory beans)) {
        return;
      }
      Class<?> type = ClassUtils.resolveClassName(INDICATOR, beans.getBeanClassLoader());
      Supplier<VisionEngine> engine = () -> beans.getBean(VisionEngine.class);
      RootBeanDefinition definition = new RootBeanDefinition(type);
      definition.setInstanceSupplier(() -> indicator(type, engine));
      registry.registerBeanDefinition(BEAN, definition);
    }

    private static Object indicator(Class<?> type, Supplier<VisionEngine> engine) {
      ClassLoader boot = type.getClassLoader();
      return Proxy.newProxyInstance(boot, new Class<?>[] {type}, new Boot3Health(engine, boot));
    }
  }
}
