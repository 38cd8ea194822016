package io.fovea.server.http;

import java.util.concurrent.CompletionStage;

/**
 * Answers requests of one method to one path. Called on a worker, where it may compute but not
 * wait.
 */
public interface Endpoint {
  /**
   * The answer, later.
   *
   * @throws ApiException where the request is at fault
   */
  CompletionStage<Reply> answer(Call call);
}
