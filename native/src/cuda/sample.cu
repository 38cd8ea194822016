// sample: one block a row. Nothing is sorted: the order is that of keys, order_of(score) falling
// and ids rising, and a place in it is found by bisection on the key, then on the id, each step
// summing the weights (or the number) of what comes before over the block, always by the same tree.
#include "common/sampling.h"
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kThreads = 512;

struct Sample {
  Rows<const float> logits;
  const int32_t* allowed;   // nullptr, or [R, W]
  const int32_t* observed;  // nullptr, or [R, W]
  int64_t allowed_stride, observed_stride;
  Rows<const float> options;
  Rows<const int32_t> draws;
  int32_t* tokens;
  float* log_probabilities;
  double* weights;  // [R, V]
  int V;
};

struct Sums {
  double of_thread[kThreads];
};

// combine over the values of all threads, in every thread.
template <typename Combine>
SIMT_DEVICE double reduce(double value, const Combine& combine) {
  Sums& sums = shared<Sums>();
  sync_threads();  // the last result has been read
  sums.of_thread[thread()] = value;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    sync_threads();
    if (thread() < half)
      sums.of_thread[thread()] = combine(sums.of_thread[thread()], sums.of_thread[thread() + half]);
  }
  sync_threads();
  return sums.of_thread[0];
}
SIMT_DEVICE double block_sum(double value) {
  return reduce(value, [](double a, double b) { return a + b; });
}
SIMT_DEVICE double block_most(double value) {
  return reduce(value, [](double a, double b) { return a > b ? a : b; });
}

// One row: its tokens and what is known of them.
struct Row {
  const float* logits;
  const int32_t* allowed;
  const int32_t* observed;
  double* weights;
  int V;
  float penalty;

  SIMT_MEMBER bool may_be(int v) const { return !allowed || has_bit(allowed, v); }
  SIMT_MEMBER float score(int v) const {
    return observed && has_bit(observed, v) ? penalised(logits[v], penalty) : logits[v];
  }
  // Sum of f(v) over the allowed tokens.
  template <typename Function>
  SIMT_MEMBER double sum(const Function& f) const {
    double total = 0;
    for (int v = thread(); v < V; v += kThreads)
      if (may_be(v)) total += f(v);
    return block_sum(total);
  }
};

// A place in the order of tokens: all that come before it, and itself.
struct Place {
  uint32_t key;  // least order_of(score)
  int id;        // greatest among those of just that key
  SIMT_MEMBER bool holds(uint32_t order, int v) const {
    return order > key || (order == key && v <= id);
  }
};

// What a search measures: tokens up to `end`, each as 1 or as its weight.
struct Measure {
  const Row& row;
  Place end;
  bool counts;
  bool by_id;  // the order is that of ids alone

  SIMT_MEMBER uint32_t order(int v) const { return by_id ? 1u : order_of(row.score(v)); }
  // Of the tokens up to `place`.
  SIMT_MEMBER double operator()(Place place) const {
    return row.sum([&](int v) {
      const uint32_t o = order(v);
      if (!end.holds(by_id ? order_of(row.score(v)) : o, v) || !place.holds(o, v)) return 0.0;
      return counts ? 1.0 : row.weights[v];
    });
  }
};

// The first place whose measure reaches `target` (beyond: exceeds it); the last place if none does.
SIMT_DEVICE Place find(const Measure& measure, double target, bool beyond) {
  const auto reached = [&](double sum) { return beyond ? sum > target : sum >= target; };
  Place place = {0, measure.row.V - 1};
  if (!measure.by_id) {
    for (uint32_t bit = 0x80000000u; bit > 0; bit >>= 1) {  // the greatest key that reaches it
      const Place next = {place.key | bit, measure.row.V - 1};
      if (reached(measure(next))) place = next;
    }
  } else {
    place.key = 1;
  }
  int low = 0, high = measure.row.V - 1;  // the least id that does
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (reached(measure({place.key, middle})))
      high = middle;
    else
      low = middle + 1;
  }
  return {place.key, high};
}

// The largest of the allowed scores, and the lowest id that has it; false where none may be chosen.
SIMT_DEVICE bool best_of(const Row& row, float& largest_logit, int& best) {
  double bad = 0, logit = -INFINITY, order = 0;
  for (int v = thread(); v < row.V; v += kThreads) {
    if (!row.may_be(v)) continue;
    if (!(row.logits[v] < INFINITY)) bad = 1;
    logit = fmax(logit, double(row.logits[v]));
    order = fmax(order, double(order_of(row.score(v))));
  }
  largest_logit = float(block_most(logit));
  if (block_most(bad) > 0 || largest_logit == -INFINITY) return false;
  order = block_most(order);
  double first = -double(row.V);
  for (int v = thread(); v < row.V; v += kThreads)
    if (row.may_be(v) && double(order_of(row.score(v))) == order) first = fmax(first, -double(v));
  best = int(-block_most(first));
  return true;
}

SIMT_DEVICE int draw(const Row& row, const SampleOptions& options, int best, double fraction) {
  const double largest = double(row.score(best));
  for (int v = thread(); v < row.V; v += kThreads)
    row.weights[v] = exp((double(row.score(v)) - largest) / double(options.temperature));
  Place end = {0, row.V - 1};
  const double allowed = row.sum([](int) { return 1.0; });
  const bool limited = options.top_k >= 1 && double(options.top_k) < allowed;
  if (limited) {
    end = find({row, end, /* counts= */ true, false}, double(options.top_k), false);
    end.id = row.V - 1;  // with all that equal the last
  }
  if (options.top_p < 1) {
    const Measure weight = {row, end, false, false};
    const Place nucleus = find(weight, double(options.top_p) * weight(end), false);
    const Place first = {order_of(row.score(best)), best};
    end = first.holds(nucleus.key, nucleus.id) ? first : nucleus;
  }
  const Measure weight = {row, end, false, /* by_id= */ options.top_k < 1 && options.top_p >= 1};
  const double total = weight(weight.by_id ? Place{1, row.V - 1} : end);
  const Place place = find(weight, fraction * total, /* beyond= */ true);
  // Rounding may leave nobody beyond: then the likeliest, which every limit keeps.
  return weight(place) > fraction * total ? place.id : best;
}

SIMT_KERNEL(kThreads, 1) sample_kernel(Sample s) {
  const int r = block().x;
  const float* o = s.options[r];
  const SampleOptions options = {o[0], o[1], o[2], o[3]};
  const Row row = {s.logits[r],
                   s.allowed ? s.allowed + r * s.allowed_stride : nullptr,
                   s.observed ? s.observed + r * s.observed_stride : nullptr,
                   s.weights + int64_t(r) * s.V,
                   s.V,
                   options.penalty};
  float largest = 0, log_probability = NAN;
  int token = -1, best = 0;
  if (best_of(row, largest, best)) {
    token = options.temperature == 0 ? best : draw(row, options, best, fraction_of(s.draws[r]));
    const double sum = row.sum([&](int v) { return exp(double(row.logits[v]) - double(largest)); });
    log_probability = float(double(row.logits[token]) - double(largest) - log(sum));
  }
  if (thread() == 0) {
    s.tokens[r] = token;
    s.log_probabilities[r] = log_probability;
  }
}

}  // namespace

fov_status sample(fov_context& context, const fov_tensor& logits, const fov_tensor* allowed,
                  const fov_tensor* observed, const fov_tensor& options, const fov_tensor& draws,
                  const fov_tensor& tokens, const fov_tensor& log_probabilities) {
  CudaContext& cuda = cuda_context(context);
  const int64_t R = logits.shape[0], V = logits.shape[1];
  double* weights = static_cast<double*>(cuda.scratch(R * V * int64_t(sizeof(double))));
  if (!weights) return FOV_OUT_OF_MEMORY;
  const auto bits = [](const fov_tensor* set) {
    return set ? static_cast<const int32_t*>(set->data) : nullptr;
  };
  return cuda.launch(sample_kernel,
                     {.grid = {int(R), 1, 1}, .threads = kThreads, .shared_bytes = sizeof(Sums)},
                     Sample{Rows<const float>(logits), bits(allowed), bits(observed),
                            allowed ? allowed->stride[0] : 0, observed ? observed->stride[0] : 0,
                            Rows<const float>(options), Rows<const int32_t>(draws),
                            static_cast<int32_t*>(tokens.data),
                            static_cast<float*>(log_probabilities.data), weights, int(V)});
}

}  // namespace fovea::cuda
