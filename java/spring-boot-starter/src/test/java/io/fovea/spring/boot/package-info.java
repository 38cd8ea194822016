@NullMarked
package io.fovea.spring.boot;

import org.jspecify.annotations.NullMarked;
