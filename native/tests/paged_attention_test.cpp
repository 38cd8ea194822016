#include "attention_oracle.h"

using namespace fovea::test;

namespace {

// Sequences with their own pages in random order; every slot that no row sees holds NaN.
struct Cache {
  Tensor k, v, table;
  int64_t Hkv, K;

  Cache(int32_t dtype, const std::vector<int64_t>& lengths, int64_t Hkv, int64_t K)
      : k(dtype, {page_count(lengths) + 1, Hkv, FOV_PAGE_SLOTS, K}),
        v(dtype, {page_count(lengths) + 1, Hkv, FOV_PAGE_SLOTS, K}),
        table(FOV_I32, {int64_t(lengths.size()), most_pages(lengths) + 1}),
        Hkv(Hkv),
        K(K) {
    std::vector<int32_t> free;
    for (int32_t p = 0; p < k.size(0); ++p) free.push_back(p);
    std::shuffle(free.begin(), free.end(), random_engine);
    table.fill([](int64_t) { return -7; });  // unused entries are not read
    for (size_t s = 0; s < lengths.size(); ++s)
      for (int64_t slot = 0; slot < lengths[s]; ++slot) {
        if (slot % FOV_PAGE_SLOTS == 0) {
          table.set(int64_t(s) * table.size(1) + slot / FOV_PAGE_SLOTS, free.back());
          free.pop_back();
        }
        for (int64_t h = 0; h < Hkv; ++h)
          for (int64_t i = 0; i < K; ++i) {
            k.set(at(int64_t(s), slot, h, i), normal());
            v.set(at(int64_t(s), slot, h, i), normal());
          }
      }
  }
  int64_t at(int64_t s, int64_t slot, int64_t h, int64_t i) const {
    const int64_t page = int64_t(table.get(s * table.size(1) + slot / FOV_PAGE_SLOTS));
    return ((page * Hkv + h) * FOV_PAGE_SLOTS + slot % FOV_PAGE_SLOTS) * K + i;
  }
  static int64_t pages(int64_t slots) { return (slots + FOV_PAGE_SLOTS - 1) / FOV_PAGE_SLOTS; }
  static int64_t page_count(const std::vector<int64_t>& lengths) {
    int64_t n = 0;
    for (int64_t slots : lengths) n += pages(slots);
    return n;
  }
  static int64_t most_pages(const std::vector<int64_t>& lengths) {
    return pages(*std::max_element(lengths.begin(), lengths.end()));
  }
};

struct Rows {
  std::vector<int32_t> sequences, slots;
  void add(int32_t sequence, int32_t slot) {
    sequences.push_back(sequence);
    slots.push_back(slot);
  }
  int64_t count() const { return int64_t(slots.size()); }
};

void compare(int32_t dtype, const Cache& cache, const Rows& rows, int64_t H, int32_t threads) {
  Context context(threads);
  const int64_t K = cache.K, R = rows.count();
  const Tensor q = random_tensor(dtype, {R, H, K}, 5, 2), y(dtype, {R, H, K}, 1);
  const float scale = float(1 / std::sqrt(double(K)));
  CHECK_OK(fov_paged_attention(context, q, cache.k, cache.v, cache.table,
                               i32_tensor(rows.sequences), i32_tensor(rows.slots), scale, y));
  const auto queries = q.values(), cached_keys = cache.k.values(), cached_values = cache.v.values();
  for (int64_t r = 0; r < R; ++r)
    for (int64_t h = 0; h < H; ++h) {
      const int64_t s = rows.sequences[size_t(r)], keys = rows.slots[size_t(r)] + 1;
      const int64_t hk = h / (H / cache.Hkv), at = (r * H + h) * K;
      const auto row = attend(
          keys, K, scale, &queries[size_t(at)],
          [&](int64_t j) { return &cached_keys[size_t(cache.at(s, j, hk, 0))]; },
          [&](int64_t j) { return &cached_values[size_t(cache.at(s, j, hk, 0))]; });
      for (int64_t i = 0; i < K; ++i) {
        const double got = y.get(at + i), want = row.values[size_t(i)];
        const double allowed = attention_error(dtype, row, i, keys, K);
        CHECK(std::abs(got - want) <= allowed,
              "%s row %d (slot %d of %d) head %d of %d, K=%d, at %d: got %.9g, wanted %.9g +- %.3g",
              dtype_text(dtype), int(r), int(keys - 1), int(s), int(h), int(H), int(K), int(i), got,
              want, allowed);
      }
    }
  CHECK(y.intact(), "wrote outside the output");
}

}  // namespace

TEST(decode_prefill_and_both) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t K : {8, 18, 112})
      for (int64_t Hkv : {1, 2}) {
        const Cache cache(dtype, {1, 64, 65, 130, 700}, Hkv, K);
        Rows decode, prefill, mixed;
        for (int32_t s = 0; s < 5; ++s)
          decode.add(s, std::vector<int32_t>{0, 63, 64, 129, 699}[size_t(s)]);
        for (int32_t slot = 0; slot < 130; ++slot) prefill.add(3, slot);
        for (int32_t slot = 20; slot < 65; ++slot)
          mixed.add(slot % 3 ? 2 : 1, slot % 3 ? slot : slot - 3);
        mixed.add(0, 0);
        mixed.add(4, 650);
        mixed.add(4, 511);
        mixed.add(4, 512);
        mixed.add(4, 699);
        mixed.add(4, 5);
        for (int32_t threads : thread_counts()) {
          compare(dtype, cache, decode, Hkv * 2, threads);
          compare(dtype, cache, prefill, Hkv, threads);
          compare(dtype, cache, mixed, Hkv * 3, threads);
        }
      }
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    const Cache cache(dtype, {3, 129}, 1, 64);
    Rows rows;
    for (int32_t slot : {0, 64, 128}) rows.add(1, slot);
    rows.add(0, 2);
    compare(dtype, cache, rows, 2, 1);
  }
}

TEST(every_head_size_of_the_models) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t K : {32, 64, 112, 128}) {
      const Cache cache(dtype, {65, 200}, 2, K);
      Rows rows;
      for (int32_t slot = 0; slot < 65; slot += 8) rows.add(0, slot);
      for (int32_t slot = 190; slot < 200; ++slot) rows.add(1, slot);
      compare(dtype, cache, rows, 4, 2);
    }
}

TEST(a_row_alone_has_the_bits_it_has_among_others) {
  const int64_t H = 4, K = 40, slots = 1200;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    Context one(1), two(2);
    const Cache cache(dtype, {slots}, 2, K);
    Rows rows;
    for (int32_t slot = 0; slot < slots; slot += 3)
      if (!emulated() || slot % 69 == 0 || (slot > 500 && slot < 520)) rows.add(0, slot);
    const int64_t R = rows.count();
    const int64_t half =  // slot 510, before the cache's 513th
        std::find(rows.slots.begin(), rows.slots.end(), 510) - rows.slots.begin();
    const Tensor q = random_tensor(dtype, {R, H, K}), a(dtype, {R, H, K}), b(dtype, {R, H, K});
    const Tensor sequences = i32_tensor(rows.sequences), row_slots = i32_tensor(rows.slots);
    CHECK_OK(
        fov_paged_attention(one, q, cache.k, cache.v, cache.table, sequences, row_slots, 0.2f, a));
    CHECK_OK(
        fov_paged_attention(two, q, cache.k, cache.v, cache.table, sequences, row_slots, 0.2f, b));
    CHECK(a.same_bits(b), "1 and 2 threads differ");
    for (int64_t r : {int64_t{0}, int64_t{1}, half, half + 1, R - 1}) {
      Tensor query(dtype, {1, H, K}), out(dtype, {1, H, K});
      query.fill([&](int64_t i) { return q.get(r * H * K + i); });
      for (const Context* context : {&one, &two}) {
        CHECK_OK(fov_paged_attention(*context, query, cache.k, cache.v, cache.table,
                                     i32_tensor({0}), i32_tensor({rows.slots[size_t(r)]}), 0.2f,
                                     out));
        for (int64_t i = 0; i < H * K; ++i)
          CHECK(out.get(i) == a.get(r * H * K + i), "row %d alone differs at %d", int(r), int(i));
      }
    }
  }
}

TEST(rows_of_several_sequences_have_the_bits_they_have_alone) {
  for (int64_t K : {32, 64, 112, 128})
    for (int64_t H : {2, 6}) {
      Context context;
      const int64_t Hkv = 2;
      Cache cache(FOV_BF16, {1, 64, 65, 130, 700}, Hkv, K);
      // Large values that cancel pages later, so that the order of sums shows in bf16.
      for (int64_t slot = 0; slot < 320; ++slot)
        for (int64_t i = 0; i < Hkv * K; ++i) {
          const double value = 1e6 * cache.v.get(cache.at(4, slot, i / K, i % K));
          cache.v.set(cache.at(4, slot, i / K, i % K), value);
          cache.v.set(cache.at(4, slot + 320, i / K, i % K),
                      -cache.v.get(cache.at(4, slot, i / K, i % K)));
        }
      Rows rows;
      for (int32_t slot = 0; slot < 65; ++slot) rows.add(2, slot);
      for (int32_t slot = 127; slot < 130; ++slot) rows.add(3, slot);
      rows.add(0, 0);
      for (int32_t slot : {511, 699, 63, 512}) rows.add(4, slot);
      for (int32_t slot = 40; slot < 64; ++slot) rows.add(1, slot);
      const Tensor q = random_tensor(FOV_BF16, {rows.count(), H, K}, 4, 2);
      const Tensor all(FOV_BF16, {rows.count(), H, K}), alone(FOV_BF16, {1, H, K});
      for (float scale : {0.2f, 0.0f}) {
        const auto call = [&](const fov_tensor* queries, const std::vector<int32_t>& sequences,
                              const std::vector<int32_t>& slots, const Tensor& y) {
          CHECK_OK(fov_paged_attention(context, queries, cache.k, cache.v, cache.table,
                                       i32_tensor(sequences), i32_tensor(slots), scale, y));
        };
        call(q, rows.sequences, rows.slots, all);
        for (int64_t r = 0; r < rows.count(); r += r < 65 ? 13 : 1) {
          const fov_tensor query = q.rows(r, 1);
          call(&query, {rows.sequences[size_t(r)]}, {rows.slots[size_t(r)]}, alone);
          for (int64_t i = 0; i < H * K; ++i)
            CHECK(alone.get(i) == all.get(r * H * K + i),
                  "scale %g, K=%d, H=%d: row %d alone differs at %d", double(scale), int(K), int(H),
                  int(r), int(i));
        }
      }
    }
}

TEST(a_row_sees_no_nan_beyond_its_slot) {
  const int64_t H = 2, R = 130, value_slot = 100, key_slot = 120;
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t K : {40, 64}) {
      Context context;
      Cache cache(dtype, {R}, 1, K);
      Rows rows;
      for (int32_t slot = 0; slot < R; ++slot) rows.add(0, slot);
      const Tensor q = random_tensor(dtype, {R, H, K}), clean(dtype, {R, H, K});
      const Tensor y(dtype, {R, H, K});
      const auto call = [&](const Tensor& out) {
        CHECK_OK(fov_paged_attention(context, q, cache.k, cache.v, cache.table,
                                     i32_tensor(rows.sequences), i32_tensor(rows.slots), 0.2f,
                                     out));
      };
      call(clean);
      cache.v.set(cache.at(0, value_slot, 0, 3), NAN);
      cache.k.set(cache.at(0, key_slot, 0, 5), NAN);
      call(y);
      for (int64_t i = 0; i < R * H * K; ++i) {
        const int64_t row = i / (H * K);
        if (row >= key_slot || (row >= value_slot && i % K == 3))
          CHECK(std::isnan(y.get(i)), "row %d, column %d sees a NaN", int(row), int(i % K));
        else
          CHECK(y.get(i) == clean.get(i), "K=%d row %d, column %d: %g, without NaN %g", int(K),
                int(row), int(i % K), y.get(i), clean.get(i));
      }
    }
}

TEST(wrong_arguments) {
  Context context;
  const Cache cache(FOV_F32, {100, 3}, 2, 8);
  const Tensor q = random_tensor(FOV_F32, {2, 4, 8}), y(FOV_F32, {2, 4, 8});
  const Tensor good = i32_tensor({0, 1}), slots = i32_tensor({99, 2});
  const auto call = [&](const Tensor& q, const fov_tensor* k, const fov_tensor* v,
                        const Tensor& sequences, const Tensor& slots, float scale,
                        const fov_tensor* y) {
    return fov_paged_attention(context, q, k, v, cache.table, sequences, slots, scale, y);
  };
  CHECK_OK(call(q, cache.k, cache.v, good, slots, 1, y));
  if (on_cpu()) {
    CHECK_INVALID("sequences[1] in 0..1",
                  call(q, cache.k, cache.v, i32_tensor({0, 2}), slots, 1, y));
    CHECK_INVALID("row_slots[0] in 0..191",
                  call(q, cache.k, cache.v, good, i32_tensor({192, 0}), 1, y));
    CHECK_INVALID("row_slots[0]", call(q, cache.k, cache.v, good, i32_tensor({-1, 0}), 1, y));
    CHECK_INVALID("page_table[1,1] in 0..3, got -7",
                  call(q, cache.k, cache.v, good, i32_tensor({0, 64}), 1, y));
  }
  CHECK_INVALID("sequences: wanted [2]", call(q, cache.k, cache.v, i32_tensor({0}), slots, 1, y));
  CHECK_INVALID("row_slots: wanted [2]", call(q, cache.k, cache.v, good, i32_tensor({0}), 1, y));
  CHECK_INVALID("k_pages: wanted",
                call(q, Tensor(FOV_F32, {4, 2, 63, 8}), cache.v, good, slots, 1, y));
  CHECK_INVALID("v_pages: wanted",
                call(q, cache.k, Tensor(FOV_F32, {3, 2, 64, 8}), good, slots, 1, y));
  CHECK_INVALID("multiple of key heads",
                call(Tensor(FOV_F32, {2, 3, 8}), cache.k, cache.v, good, slots, 1, y));
  CHECK_INVALID("scale", call(q, cache.k, cache.v, good, slots, NAN, y));
  CHECK_INVALID("does not overlap", call(q, cache.k, cache.v, good, slots, 1, q));
  Tensor loose(cache.k);
  loose.edit()->stride[1] += 8;
  CHECK_INVALID("contiguous", call(q, loose, cache.v, good, slots, 1, y));
  const Tensor none(FOV_F32, {0, 4, 8});
  CHECK_OK(call(none, cache.k, cache.v, Tensor(FOV_I32, {0}), Tensor(FOV_I32, {0}), 1, none));
}

FOVEA_TEST_MAIN()
