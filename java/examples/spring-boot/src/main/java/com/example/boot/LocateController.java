package com.example.boot;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.FoveaException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.VisionEngine;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import java.io.IOException;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/**
 * POST a picture and a phrase; the answer is where it is. The engine is the starter's: one for all
 * requests, made for many threads, which finishes what was asked before it is closed.
 */
@RestController
class LocateController {
  private final VisionEngine engine;

  LocateController(VisionEngine engine) {
    this.engine = engine;
  }

  /** Each region has its box in pixels and a confidence; none means that it is not there. */
  @PostMapping("/locate")
  List<Region> locate(@RequestParam MultipartFile picture, @RequestParam String phrase)
      throws IOException {
    try (EncodedImage image = engine.encode(ImageInput.of(picture.getBytes()))) {
      return engine.locate(image, phrase).regions();
    }
  }

  /** Fovea's messages say what is wrong and what to do. */
  @ExceptionHandler
  ProblemDetail failed(FoveaException e) {
    HttpStatus status = status(e);
    String detail = status.is5xxServerError() ? "see the server's log" : e.getMessage();
    return ProblemDetail.forStatusAndDetail(status, detail);
  }

  private static HttpStatus status(FoveaException e) {
    if (e instanceof ImageException || e instanceof InvalidRequestException) {
      return HttpStatus.BAD_REQUEST;
    }
    if (e instanceof RequestRejectedException) {
      return HttpStatus.TOO_MANY_REQUESTS;
    }
    if (e instanceof DeadlineExceededException) {
      return HttpStatus.GATEWAY_TIMEOUT;
    }
    return e instanceof EngineClosedException || e instanceof GenerationCancelledException
        ? HttpStatus.SERVICE_UNAVAILABLE
        : HttpStatus.INTERNAL_SERVER_ERROR;
  }
}
