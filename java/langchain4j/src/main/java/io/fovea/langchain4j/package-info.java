/** An engine of this process as LangChain4j's chat models. */
@NullMarked
package io.fovea.langchain4j;

import org.jspecify.annotations.NullMarked;
