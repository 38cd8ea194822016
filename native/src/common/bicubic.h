// Pillow's antialiased bicubic filter along one axis. Compiled once, not per instruction set.
#pragma once
#include <cstdint>
#include <vector>

namespace fovea {

// Fixed-point digits of a weight: 8-bit samples, 2 bits of headroom, 32-bit sums.
constexpr int kWeightBits = 32 - 8 - 2;

// One output sample: sum over i < count of weights[i] * input[first + i].
struct Taps {
  int64_t first;
  int64_t count;
  const int32_t* weights;  // units of 2^-kWeightBits
};

// The taps of every output sample of an axis of `in` samples stretched to `out`. Memory: about
// 16 (in + out) bytes, as each input lies under at most five outputs' filters when shrinking.
class BicubicAxis {
 public:
  BicubicAxis(int64_t in, int64_t out);  // both >= 1; throws std::bad_alloc
  ~BicubicAxis();
  const Taps* taps() const;  // [out]; nullptr where in == out: Pillow then skips the pass

 private:
  std::vector<Taps> taps_;
  std::vector<int32_t> weights_;
};

}  // namespace fovea
