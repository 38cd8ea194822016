#include "harness.h"

using namespace fovea::test;

namespace {

struct Options {
  double temperature = 0, top_k = 0, top_p = 1, penalty = 1;
};

// The oracle: a sorted list in float64, as the contract says it.
struct Ranked {
  int64_t id;
  float score;
  double weight;
};

struct Problem {
  Problem(int64_t V, double scale = 3) : V(V), logits(random_tensor(FOV_F32, {1, V}, 0, scale)) {}

  std::vector<Ranked> ranked(const Options& o) const {
    std::vector<Ranked> all;
    for (int64_t v = 0; v < V; ++v) {
      if (!allowed.empty() && !allowed[size_t(v)]) continue;
      float score = float(logits.get(v));
      const float penalty = float(o.penalty);
      if (!observed.empty() && observed[size_t(v)])
        score = score < 0 ? score * penalty : std::min(score / penalty, 3.4028235e38f);
      all.push_back({v, score, 0});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
    return all;
  }

  // Cumulative weights of what top-k and top-p leave, in the order of the draw.
  std::vector<Ranked> left(const Options& o) const {
    std::vector<Ranked> all = ranked(o);
    for (Ranked& r : all)
      r.weight = std::exp((double(r.score) - double(all[0].score)) / double(float(o.temperature)));
    size_t kept = all.size();
    if (o.top_k > 0 && size_t(o.top_k) < kept) {
      kept = size_t(o.top_k);
      while (kept < all.size() && all[kept].score == all[kept - 1].score) ++kept;
      all.resize(kept);
    }
    if (o.top_p < 1) {
      double total = 0, before = 0;
      for (const Ranked& r : all) total += r.weight;
      for (kept = 0; kept < all.size() && (kept == 0 || before < double(float(o.top_p)) * total);
           ++kept)
        before += all[kept].weight;
      all.resize(kept);
    }
    if (o.top_k == 0 && o.top_p == 1)
      std::sort(all.begin(), all.end(),
                [](const Ranked& a, const Ranked& b) { return a.id < b.id; });
    return all;
  }

  static Tensor bits(const std::vector<bool>& set) {
    Tensor words(FOV_I32, {1, int64_t(set.size() + 31) / 32});
    words.fill([&](int64_t w) {
      uint32_t word = 0;
      for (size_t i = 0; i < 32; ++i)
        if (size_t(w) * 32 + i < set.size() && set[size_t(w) * 32 + i]) word |= 1u << i;
      return double(int32_t(word));
    });
    return words;
  }

  struct Chosen {
    int64_t token;
    double log_probability;
  };
  Chosen run(const Context& context, const Options& o, double u) const {
    Tensor options(FOV_F32, {1, 4}), draws(FOV_I32, {1, 2});
    const double values[] = {o.temperature, o.top_k, o.top_p, o.penalty};
    options.fill([&](int64_t i) { return values[i]; });
    const uint64_t fraction = uint64_t(u * 0x1p53);
    draws.set(0, double(fraction >> 27));
    draws.set(1, double(fraction & 0x7ffffff));
    const Tensor tokens(FOV_I32, {1}), log_probabilities(FOV_F32, {1});
    const Tensor allowed_bits = bits(allowed), observed_bits = bits(observed);
    CHECK_OK(fov_sample(context, logits,
                        allowed.empty() ? nullptr : static_cast<const fov_tensor*>(allowed_bits),
                        observed.empty() ? nullptr : static_cast<const fov_tensor*>(observed_bits),
                        options, draws, tokens, log_probabilities));
    CHECK(tokens.intact() && log_probabilities.intact(), "wrote outside the outputs");
    return {int64_t(tokens.get(0)), log_probabilities.get(0)};
  }

  double log_probability(int64_t token) const {
    double largest = -INFINITY, sum = 0;
    const auto may_be = [&](int64_t v) { return allowed.empty() || allowed[size_t(v)]; };
    for (int64_t v = 0; v < V; ++v)
      if (may_be(v)) largest = std::max(largest, logits.get(v));
    for (int64_t v = 0; v < V; ++v)
      if (may_be(v)) sum += std::exp(logits.get(v) - largest);
    return logits.get(token) - largest - std::log(sum);
  }

  void check(const Context& context, const Options& o, double u) const {
    const Chosen chosen = run(context, o, u);
    const std::vector<Ranked> order = o.temperature == 0 ? ranked(o) : left(o);
    int64_t want = order[0].id;
    if (o.temperature > 0) {
      double total = 0, sum = 0;
      for (const Ranked& r : order) total += r.weight;
      const double target = std::floor(u * 0x1p53) * 0x1p-53 * total;
      size_t i = 0;
      while (i + 1 < order.size() && sum + order[i].weight <= target) sum += order[i++].weight;
      want = order[i].id;
    }
    CHECK(chosen.token == want, "V=%d t=%g k=%g p=%g r=%g u=%g: token %d, wanted %d", int(V),
          o.temperature, o.top_k, o.top_p, o.penalty, u, int(chosen.token), int(want));
    if (chosen.token < 0 || chosen.token >= V) return;
    // f64 sums, one rounding to f32.
    const double expected = log_probability(chosen.token);
    CHECK(std::abs(chosen.log_probability - expected) <= 1e-12 + unit(FOV_F32, expected, 0),
          "log probability %.9g, wanted %.9g", chosen.log_probability, expected);
  }

  int64_t V;
  Tensor logits;
  std::vector<bool> allowed, observed;
};

std::vector<bool> random_set(int64_t n, double part) {
  std::vector<bool> set(static_cast<size_t>(n));
  for (size_t i = 0; i < set.size(); ++i) set[i] = uniform(0, 1) < part;
  set[size_t(uniform_int(0, n - 1))] = true;
  return set;
}

}  // namespace

TEST(agrees_with_a_sorted_list) {
  Context context;
  for (int64_t V : {1, 2, 31, 32, 33, 511, 513, 1000})
    for (int round = 0; round < 12; ++round) {
      Problem p(V);
      if (round % 3 == 1) p.allowed = random_set(V, 0.3);
      if (round % 2 == 1) p.observed = random_set(V, 0.5);
      Options o;
      o.temperature = round % 4 == 0 ? 0 : uniform(0.2, 2);
      o.top_k = round % 4 == 1 ? double(uniform_int(1, V + 1)) : 0;
      o.top_p = round % 4 == 2 || round == 5 ? uniform(0, 1) : 1;
      o.penalty = round % 2 == 1 ? uniform(0.7, 1.5) : 1;
      p.check(context, o, uniform(0, 1));
    }
}

TEST(equal_scores_go_by_id) {
  Context context;
  Problem p(100);
  p.logits.fill([](int64_t i) { return i % 5 == 3 ? 2.0 : i % 5 == 4 ? 1.0 : -1.0; });
  for (const Options& o : {Options{}, Options{1, 5, 1, 1}, Options{1, 30, 1, 1},
                           Options{1, 0, 0.3, 1}, Options{1, 0, 1, 1}, Options{1, 22, 0.6, 1}})
    for (double u : {0.0, 0.11, 0.37, 0.62, 0.93, 0.999999}) p.check(context, o, u);
}

TEST(edges) {
  Context context;
  Problem p(64);
  for (double u : {0.0, 1 - 0x1p-53}) {
    p.check(context, {1e-6, 0, 1, 1}, u);  // all weight on one
    p.check(context, {1000, 0, 1, 1}, u);  // nearly even
    p.check(context, {1, 1, 1, 1}, u);     // top-k of one
    p.check(context, {1, 0, 0, 1}, u);     // top-p keeps the likeliest
    p.check(context, {1, 64, 0.5, 1}, u);
  }
  p.logits.set(7, -INFINITY);
  p.check(context, {1, 0, 1, 1}, 0.4);
  p.logits.fill([](int64_t i) { return i == 9 ? 1.5 : -INFINITY; });
  p.check(context, {1, 0, 1, 1}, 0.999);
  p.check(context, {}, 0);
}

TEST(refuses_what_is_no_number) {
  Context context;
  for (double bad : {double(NAN), double(INFINITY)}) {
    Problem p(40);
    p.logits.set(33, bad);
    CHECK(p.run(context, {}, 0).token == -1 && std::isnan(p.run(context, {}, 0).log_probability),
          "%g was taken", bad);
    p.allowed.assign(40, true);
    p.allowed[33] = false;  // not read
    p.check(context, {}, 0);
    p.check(context, {1, 3, 0.9, 1}, 0.5);
  }
  Problem none(40);
  none.logits.fill([](int64_t) { return -INFINITY; });
  CHECK(none.run(context, {1, 0, 1, 1}, 0.5).token == -1, "a token of no probability");
}

TEST(rows_are_apart) {
  Context context;
  const int64_t R = 5, V = 70;
  const Tensor logits = random_tensor(FOV_F32, {R, V}, 3);
  Tensor options(FOV_F32, {R, 4}, 1), draws(FOV_I32, {R, 2}, 2);
  for (int64_t r = 0; r < R; ++r) {
    const double values[] = {r % 2 ? 0.7 : 0, double(r), 0.9, 1};
    for (int64_t i = 0; i < 4; ++i) options.set(4 * r + i, values[i]);
    draws.set(2 * r, double(r) * 9e6);
    draws.set(2 * r + 1, 5);
  }
  const Tensor tokens(FOV_I32, {R}), log_probabilities(FOV_F32, {R});
  CHECK_OK(
      fov_sample(context, logits, nullptr, nullptr, options, draws, tokens, log_probabilities));
  for (int64_t r = 0; r < R; ++r) {
    Problem one(V);
    one.logits.fill([&](int64_t i) { return logits.get(r * V + i); });
    const Options o = {options.get(4 * r), options.get(4 * r + 1), options.get(4 * r + 2), 1};
    const double u = (draws.get(2 * r) * 0x1p27 + 5) * 0x1p-53;
    CHECK(one.run(context, o, u).token == int64_t(tokens.get(r)), "row %d", int(r));
  }
}

TEST(wrong_arguments) {
  Context context;
  const Tensor logits = random_tensor(FOV_F32, {2, 33}), tokens(FOV_I32, {2});
  const Tensor log_probabilities(FOV_F32, {2}), set(FOV_I32, {2, 2}), short_set(FOV_I32, {2, 1});
  Tensor options(FOV_F32, {2, 4}), draws(FOV_I32, {2, 2});
  options.fill([](int64_t i) { return i % 4 == 3 ? 1.0 : 0.0; });
  draws.fill([](int64_t) { return 0.0; });
  const auto sample = [&](const fov_tensor* x, const fov_tensor* a, const fov_tensor* o,
                          const fov_tensor* d, const fov_tensor* t, const fov_tensor* l) {
    return fov_sample(context, x, a, nullptr, o, d, t, l);
  };
  CHECK_OK(sample(logits, nullptr, options, draws, tokens, log_probabilities));
  CHECK_INVALID("logits: wanted a tensor",
                sample(nullptr, nullptr, options, draws, tokens, log_probabilities));
  CHECK_INVALID("allowed: wanted [2,2]",
                sample(logits, short_set, options, draws, tokens, log_probabilities));
  CHECK_INVALID("observed: wanted [2,2]", fov_sample(context, logits, set, short_set, options,
                                                     draws, tokens, log_probabilities));
  CHECK_INVALID("options: wanted [2,4]",
                sample(logits, nullptr, Tensor(FOV_F32, {2, 3}), draws, tokens, log_probabilities));
  CHECK_INVALID("draws: wanted [2,2]", sample(logits, nullptr, options, Tensor(FOV_I32, {1, 2}),
                                              tokens, log_probabilities));
  CHECK_INVALID("tokens: wanted [2]",
                sample(logits, nullptr, options, draws, Tensor(FOV_I32, {3}), log_probabilities));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "log_probabilities: wanted f32",
              sample(logits, nullptr, options, draws, tokens, Tensor(FOV_BF16, {2})));
  const Tensor narrow = random_tensor(FOV_F32, {2, 1});
  fov_tensor bits = tokens.view();  // one word a row, the tokens' own memory
  bits.rank = 2;
  bits.shape[1] = bits.stride[0] = bits.stride[1] = 1;
  CHECK_INVALID("does not overlap",
                sample(narrow, &bits, options, draws, tokens, log_probabilities));
  if (!on_cpu()) return;
  for (int64_t i : {0, 1, 2, 3})
    for (double bad : {-1.0, double(NAN), double(INFINITY)}) {
      Tensor wrong(options);
      wrong.set(4 + i, bad);
      CHECK_INVALID("options: temperature >= 0",
                    sample(logits, nullptr, wrong, draws, tokens, log_probabilities));
    }
}

FOVEA_TEST_MAIN()
