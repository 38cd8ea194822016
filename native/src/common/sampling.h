// What the sample kernels of both backends share: the scores of single tokens. constexpr, so that
// device code may call it too.
#pragma once
#include <bit>
#include <cstdint>

namespace fovea {

struct SampleOptions {
  float temperature;
  float top_k;
  float top_p;
  float penalty;
};

[[maybe_unused]] static constexpr bool has_bit(const int32_t* bits, int64_t v) {
  return uint32_t(bits[v / 32]) >> (v % 32) & 1u;
}

// A logit after the repetition penalty; stays finite where the logit is.
[[maybe_unused]] static constexpr float penalised(float logit, float penalty) {
  if (logit < 0) return logit * penalty;
  const float score = logit / penalty;
  return score < 3.4028234663852886e38f ? score : 3.4028234663852886e38f;
}

// Grows with the score; 0 for none. -0 is 0.
[[maybe_unused]] static constexpr uint32_t order_of(float score) {
  const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0f);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// u of ops.h.
[[maybe_unused]] static constexpr double fraction_of(const int32_t* draw) {
  return (double(draw[0]) * 134217728.0 + double(draw[1])) * 0x1p-53;
}

}  // namespace fovea
