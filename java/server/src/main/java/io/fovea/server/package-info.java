/**
 * An HTTP server over one or several engines: OpenAI's chat completions with pictures and boxes,
 * grounding endpoints, metrics and a web page. {@link io.fovea.server.FoveaServer} starts it.
 */
@NullMarked
package io.fovea.server;

import org.jspecify.annotations.NullMarked;
