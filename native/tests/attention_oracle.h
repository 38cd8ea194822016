// softmax(q k^T scale) v in float64, and the error that f32 arithmetic may make.
#pragma once
#include "harness.h"

namespace fovea::test {

struct AttentionRow {
  std::vector<double> values;     // [K]
  std::vector<double> magnitude;  // [K] sum of weight |v|
  double score_size = 0;          // largest sum_k |q k| scale
};

// query [K]; key(j), value(j): [K] of the keys that the row sees.
template <typename Key, typename Value>
AttentionRow attend(int64_t keys, int64_t K, double scale, const double* query, const Key& key,
                    const Value& value) {
  AttentionRow row{std::vector<double>(size_t(K)), std::vector<double>(size_t(K))};
  std::vector<double> scores(static_cast<size_t>(keys));
  double top = -INFINITY, total = 0;
  for (int64_t j = 0; j < keys; ++j) {
    const double* k = key(j);
    double score = 0, size = 0;
    for (int64_t i = 0; i < K; ++i) {
      score += query[i] * k[i];
      size += std::abs(query[i] * k[i]);
    }
    scores[size_t(j)] = score * scale;
    row.score_size = std::max(row.score_size, size * std::abs(scale));
    top = std::max(top, scores[size_t(j)]);
  }
  for (double& score : scores) total += score = std::exp(score - top);
  for (int64_t j = 0; j < keys; ++j) {
    const double* v = value(j);
    const double weight = scores[size_t(j)] / total;
    for (int64_t i = 0; i < K; ++i) {
      row.values[size_t(i)] += weight * v[i];
      row.magnitude[size_t(i)] += std::abs(weight * v[i]);
    }
  }
  return row;
}

// A score is a sum of K products: error up to about sqrt(K) + 2 units of 2^-24 of its size, which
// is a relative error of its weight; sums over the keys add sqrt(keys). bf16 adds its store.
inline double attention_error(int32_t dtype, const AttentionRow& row, int64_t k, int64_t keys,
                              int64_t K) {
  const double units = row.score_size * (std::sqrt(double(K)) + 2) + std::sqrt(double(keys)) + 8;
  const double f32 = row.magnitude[size_t(k)] * units * 0x1p-24;
  return dtype == FOV_F32 ? f32 : f32 + 0.5 * unit(dtype, row.values[size_t(k)], 0);
}

}  // namespace fovea::test
