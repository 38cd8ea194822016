package com.example.boot;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.multipart;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.mock.web.MockMultipartFile;
import org.springframework.test.web.servlet.MockMvc;

@SpringBootTest
@AutoConfigureMockMvc
class LocateControllerTest {
  @Autowired private MockMvc http;

  @Value("${fovea.model}/demo/scene.png")
  private Path scene;

  @Test
  void findsWhatIsThere() throws Exception {
    http.perform(post(Files.readAllBytes(scene)).param("phrase", "the star"))
        .andExpect(status().isOk())
        .andExpect(jsonPath("$[0].phrase").value("the star"))
        .andExpect(jsonPath("$[0].pixels.right").value(Matchers.greaterThan(0.0), Double.class))
        .andExpect(jsonPath("$[0].confidence").value(Matchers.greaterThan(0.0), Double.class));
  }

  @Test
  void aFileThatIsNoPictureIsTheCallersFault() throws Exception {
    http.perform(post("no picture".getBytes()).param("phrase", "the star"))
        .andExpect(status().isBadRequest())
        .andExpect(jsonPath("$.detail").isNotEmpty());
  }

  @Test
  void theActuatorShowsTheEngine() throws Exception {
    http.perform(get("/actuator/health"))
        .andExpect(status().isOk())
        .andExpect(jsonPath("$.components.fovea.status").value("UP"));
    http.perform(get("/actuator/metrics/fovea.requests")).andExpect(status().isOk());
    http.perform(get("/actuator/fovea"))
        .andExpect(status().isOk())
        .andExpect(jsonPath("$.health.state").value("SERVING"))
        .andExpect(jsonPath("$.model.layers").value(Matchers.greaterThan(0), Integer.class))
        .andExpect(jsonPath("$.stats.completed").isNumber());
  }

  private static org.springframework.test.web.servlet.request.MockMultipartHttpServletRequestBuilder
      post(byte[] picture) throws IOException {
    return multipart("/locate").file(new MockMultipartFile("picture", picture));
  }
}
