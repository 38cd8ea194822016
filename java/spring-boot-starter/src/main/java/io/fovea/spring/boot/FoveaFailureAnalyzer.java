package io.fovea.spring.boot;

import io.fovea.FoveaException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why an engine did not start, without a stack trace: messages end in a remedy. */
final class FoveaFailureAnalyzer extends AbstractFailureAnalyzer<FoveaException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, FoveaException cause) {
    return new FailureAnalysis(
        "Fovea did not start: " + cause.getMessage(), "Change the properties fovea.*", cause);
  }
}
