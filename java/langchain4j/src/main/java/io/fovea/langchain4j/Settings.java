package io.fovea.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.fovea.chat.ImageFetcher;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a model was built with. */
record Settings(
    VisionEngine engine,
    @Nullable ImageCache imageCache,
    @Nullable ImageFetcher imageFetcher,
    String modelName,
    FoveaChatRequestParameters defaults,
    List<ChatModelListener> listeners) {}
