/** What an HTTP request is, and how it is read and answered; the one package that knows Vert.x. */
@NullMarked
package io.fovea.server.http;

import org.jspecify.annotations.NullMarked;
