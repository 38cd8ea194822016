// Pillow's antialiased bicubic filter along one axis. Compiled once, not per instruction set.
#pragma once
#include <cstdint>
#include <vector>

namespace fovea {

// Fixed-point digits of a weight: 8-bit samples, 2 bits of headroom, 32-bit sums.
constexpr int kWeightBits = 32 - 8 - 2;

// One output sample: white + sum over i < count of weights[i] * input[first + i].
struct Taps {
  int64_t first;
  int64_t count;
  const int32_t* weights;  // units of 2^-kWeightBits
  int32_t white;           // what samples of 255 around the input add
};

// Samples of an axis: the input's `in`, `before` white ones and as many behind as `total` leaves.
struct Span {
  int64_t in, before, total;
};

// The axis of `in` samples of a picture whose other side has `other`.
constexpr Span span(int64_t in, int64_t other, bool square) {
  return square && other > in ? Span{in, (other - in) / 2, other} : Span{in, 0, in};
}

// The taps of every output sample of an axis stretched to `out`; those on white around the input
// are summed up, so that it need not be there. Memory: about 16 (total + out) bytes, as each sample
// lies under at most five outputs' filters when shrinking.
class BicubicAxis {
 public:
  BicubicAxis(Span, int64_t out);  // sizes >= 1; throws std::bad_alloc
  ~BicubicAxis();
  const Taps* taps() const;  // [out]; nullptr where in == out: Pillow then skips the pass

 private:
  void clip(Span, Taps&, const int32_t* weights);
  std::vector<Taps> taps_;
  std::vector<int32_t> weights_;
};

}  // namespace fovea
