@NullMarked
package io.fovea.spring.ai;

import org.jspecify.annotations.NullMarked;
