package io.fovea.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What a caller asked: one answer or several, and what they are to be seen as. All of it comes or
 * nothing.
 *
 * @param works at least one
 * @param view of the answers, in the order of the works
 */
record Asked<T>(List<GenerateWork> works, Function<List<Answer>, T> view) {
  /** All answers, or the error of the first that failed; the others are cancelled then. */
  @SuppressWarnings("FutureReturnValueIgnored") // all are waited for below
  CompletableFuture<List<Answer>> answers() {
    for (GenerateWork work : works) {
      work.result().whenComplete((answer, error) -> cancelAfter(error != null));
    }
    CompletableFuture<?>[] results =
        works.stream().map(GenerateWork::result).toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(results)
        .thenApply(all -> works.stream().map(work -> work.result().join()).toList());
  }

  private void cancelAfter(boolean failure) {
    if (failure) {
      works.forEach(Work::cancel);
    }
  }

  /** What the caller gets; an exception where an answer was cut short. */
  T result(List<Answer> answers) {
    return view.apply(answers.stream().map(Results::whole).toList());
  }

  /** What was generated so far, of a single answer. */
  String textSoFar() {
    return works.size() == 1 ? works.get(0).textSoFar() : "";
  }
}
