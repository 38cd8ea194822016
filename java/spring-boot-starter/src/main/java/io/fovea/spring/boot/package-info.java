/**
 * An engine as a bean: {@link io.fovea.spring.boot.FoveaProperties} says which, {@link
 * io.fovea.spring.boot.EngineBuilderCustomizer} changes the rest.
 */
@NullMarked
package io.fovea.spring.boot;

import org.jspecify.annotations.NullMarked;
