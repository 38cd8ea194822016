@NullMarked
package io.fovea.langchain4j;

import org.jspecify.annotations.NullMarked;
