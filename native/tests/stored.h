// Quantised weights as a checkpoint stores them, and what they mean, decoded value by value.
#pragma once
#include "packed.h"

namespace fovea::test {

// The value of an e4m3fn code.
inline double f8_value(uint8_t code) {
  const int exponent = code >> 3 & 15, mantissa = code & 7;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
  if ((code & 0x7f) == 0x7f) return NAN;
  return code & 0x80 ? -magnitude : magnitude;
}

struct Stored {
  // Random q of the dtype's whole range, and scales of both signs.
  Stored(int32_t dtype, int32_t scale_dtype, int64_t N, int64_t K, int64_t group)
      : N(N),
        K(K),
        group(group),
        q(size_t(N * K)),
        values(dtype == FOV_I4 ? FOV_I32 : dtype, {N, dtype == FOV_I4 ? K / 8 : K}, N % 3),
        scales(random_host_tensor(scale_dtype, {N, K / group}, K % 2, 0.01)) {
    for (int64_t i = 0; i < N * K; ++i) {
      if (dtype == FOV_F8) {
        uint8_t code = uint8_t(uniform_int(0, 255));
        if ((code & 0x7f) == 0x7f) code ^= 1;
        values.set(i, code);
        q[size_t(i)] = f8_value(code);
      } else {
        q[size_t(i)] =
            dtype == FOV_I8 ? double(uniform_int(-128, 127)) : double(uniform_int(-8, 7));
      }
    }
    if (dtype != FOV_F8) store_integers();
  }

  // Writes q, of i8 or i4, to `values`.
  void store_integers() {
    if (values.dtype() == FOV_I8) {
      values.fill([&](int64_t i) { return q[size_t(i)]; });
      return;
    }
    values.fill([&](int64_t word) {
      uint32_t bits = 0;
      for (int64_t i = 7; i >= 0; --i) bits = bits * 16 + uint32_t(q[size_t(word * 8 + i)] + 8);
      return double(int32_t(bits));
    });
  }

  double scale(int64_t n, int64_t k) const { return scales.get(n * (K / group) + k / group); }
  // q * scale in f32, [N, K].
  std::vector<double> dequantized() const {
    std::vector<double> w(q.size());
    for (int64_t i = 0; i < N * K; ++i)
      w[size_t(i)] = double(float(q[size_t(i)]) * float(scale(i / K, i % K)));
    return w;
  }

  int64_t N, K, group;
  std::vector<double> q;  // [N, K]
  HostTensor values, scales;
};

}  // namespace fovea::test
