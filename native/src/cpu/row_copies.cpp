// embed_rows, gather_rows, convert, copy_pages: ops that move rows and at most change their dtype.
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// y[r] = x[rows[r]], or x[r] where rows is nullptr, in y's dtype.
void copy_rows(fov_context& context, const fov_tensor& x, const int32_t* rows,
               const fov_tensor& y) {
  const int64_t R = y.shape[0], D = y.shape[1];
  with_float(x.dtype, [&](auto from_type) {
    with_float(y.dtype, [&](auto to_type) {
      const Rows<const decltype(from_type)> from(x);
      const Rows<decltype(to_type)> to(y);
      for_rows(context, R, D, [&](int64_t r) { convert_row(from[rows ? rows[r] : r], to[r], D); });
    });
  });
}

// y[r, d] = x[r, d], x with any strides: a weight that is permuted once, at loading.
void convert_columns(fov_context& context, const fov_tensor& x, const fov_tensor& y) {
  const int64_t R = y.shape[0], D = y.shape[1], step = x.stride[1];
  with_float(x.dtype, [&](auto from_type) {
    with_float(y.dtype, [&](auto to_type) {
      using From = decltype(from_type);
      const Rows<const From> from(x);
      const Rows<decltype(to_type)> to(y);
      for_rows(context, R, D, [&](int64_t r) {
        const char* row = reinterpret_cast<const char*>(from[r]);  // of any address
        for_vectors(D, [&](int64_t d, int64_t n) {
          From values[kLanes] = {};
          for (int64_t i = 0; i < n; ++i)
            std::memcpy(&values[i], row + (d + i) * step * int64_t(sizeof(From)), sizeof(From));
          store_some(to[r] + d, load(values), n);
        });
      });
    });
  });
}

}  // namespace

fov_status embed_rows(fov_context& context, const fov_tensor& table, const fov_tensor& ids,
                      const fov_tensor& y) {
  copy_rows(context, table, static_cast<const int32_t*>(ids.data), y);
  return FOV_OK;
}

fov_status gather_rows(fov_context& context, const fov_tensor& x, const fov_tensor& rows,
                       const fov_tensor& y) {
  copy_rows(context, x, static_cast<const int32_t*>(rows.data), y);
  return FOV_OK;
}

fov_status convert(fov_context& context, const fov_tensor& x, const fov_tensor& y) {
  if (x.shape[1] > 1 && x.stride[1] != 1)
    convert_columns(context, x, y);
  else
    copy_rows(context, x, nullptr, y);
  return FOV_OK;
}

fov_status copy_pages(fov_context& context, const fov_tensor& pages, const fov_tensor& source,
                      const fov_tensor& target) {
  int64_t page_bytes = dtype_bytes(pages.dtype);
  for (int32_t axis = 1; axis < pages.rank; ++axis) page_bytes *= pages.shape[axis];
  const int32_t* from = static_cast<const int32_t*>(source.data);
  const int32_t* to = static_cast<const int32_t*>(target.data);
  char* data = static_cast<char*>(pages.data);
  // Parallel over the bytes of a page, so that the copies keep their order.
  cpu_context(context).pool.parallel_for(
      page_bytes, 4 * kGrainElements, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = 0; i < source.shape[0]; ++i)
          std::memcpy(data + to[i] * page_bytes + begin, data + from[i] * page_bytes + begin,
                      size_t(end - begin));
      });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
