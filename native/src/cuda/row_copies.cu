// embed_rows, gather_rows, convert, copy_pages: ops that move rows and at most change their dtype.
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

// y[r, d] = x[rows[r], d * step]; rows nullptr: x[r, ...]
template <typename From, typename To>
struct CopyRows {
  Rows<const From> x;
  int64_t step;
  const int32_t* rows;
  Rows<To> y;
  int64_t D;
  int threads;
};

template <typename From, typename To>
SIMT_KERNEL(kRowThreads, 1)
copy_rows_kernel(CopyRows<From, To> c) {
  const int64_t r = block().x;
  const From* x = c.x[c.rows ? c.rows[r] : r];
  To* y = c.y[r];
  for_elements(c.D, c.threads, [&](int64_t d) {
    if constexpr (__is_same(From, To))
      y[d] = x[d * c.step];  // the same bits, NaN included
    else
      y[d] = from_float<To>(to_float(x[d * c.step]));
  });
}

fov_status copy_rows(fov_context& context, const fov_tensor& x, const int32_t* rows,
                     const fov_tensor& y) {
  const int64_t R = y.shape[0], D = y.shape[1];
  if (R == 0 || D == 0) return FOV_OK;
  return with_float(x.dtype, [&](auto from_type) {
    return with_float(y.dtype, [&](auto to_type) {
      using From = decltype(from_type);
      using To = decltype(to_type);
      return cuda_context(context).launch(copy_rows_kernel<From, To>, one_block_a_row(R, D),
                                          CopyRows<From, To>{Rows<const From>(x), x.stride[1], rows,
                                                             Rows<To>(y), D, row_threads(D)});
    });
  });
}

// x as packed rows in scratch memory of the device; strided columns come along.
fov_status staged(CudaContext& cuda, const fov_tensor& x, fov_tensor& on_device) {
  const int64_t R = x.shape[0], D = x.shape[1], bytes = dtype_bytes(x.dtype);
  const int64_t step = D > 1 ? x.stride[1] : 1, span = (D - 1) * step + 1;
  on_device = x;
  on_device.stride[0] = span;
  on_device.data = cuda.scratch(R * span * bytes);
  if (!on_device.data) return FOV_OUT_OF_MEMORY;
  return cuda.stage_rows(on_device.data, x.data, R, span * bytes, x.stride[0] * bytes);
}

struct CopyPages {
  char* pages;
  int64_t page_bytes;
  const int32_t* source;
  const int32_t* target;
};

// Block (x, y): 16 bytes a thread of page copy y, or single bytes at its end.
SIMT_KERNEL(kRowThreads, 1) copy_pages_kernel(CopyPages c) {
  const char* from = c.pages + c.source[block().y] * c.page_bytes;
  char* to = c.pages + c.target[block().y] * c.page_bytes;
  const int64_t at = (int64_t(block().x) * kRowThreads + thread()) * 16;
  for (int64_t i = at; i < at + 16 && i < c.page_bytes; i += 2)
    *reinterpret_cast<uint16_t*>(to + i) = *reinterpret_cast<const uint16_t*>(from + i);
}

}  // namespace

fov_status embed_rows(fov_context& context, const fov_tensor& table, const fov_tensor& ids,
                      const fov_tensor& y) {
  return copy_rows(context, table, static_cast<const int32_t*>(ids.data), y);
}

fov_status gather_rows(fov_context& context, const fov_tensor& x, const fov_tensor& rows,
                       const fov_tensor& y) {
  return copy_rows(context, x, static_cast<const int32_t*>(rows.data), y);
}

fov_status convert(fov_context& context, const fov_tensor& x, const fov_tensor& y) {
  if (x.device != FOV_CPU || y.shape[1] == 0) return copy_rows(context, x, nullptr, y);
  fov_tensor on_device;
  const fov_status status = staged(cuda_context(context), x, on_device);
  return status ? status : copy_rows(context, on_device, nullptr, y);
}

fov_status copy_pages(fov_context& context, const fov_tensor& pages, const fov_tensor& source,
                      const fov_tensor& target) {
  int64_t page_bytes = dtype_bytes(pages.dtype);
  for (int32_t axis = 1; axis < pages.rank; ++axis) page_bytes *= pages.shape[axis];
  if (page_bytes == 0) return FOV_OK;
  const int64_t blocks = ceil_div(page_bytes, kRowThreads * 16);
  for (int64_t done = 0; done < source.shape[0]; ++done) {  // in order: targets may repeat
    const CopyPages copy = {static_cast<char*>(pages.data), page_bytes,
                            static_cast<const int32_t*>(source.data) + done,
                            static_cast<const int32_t*>(target.data) + done};
    const fov_status status = cuda_context(context).launch(
        copy_pages_kernel, {.grid = {int(blocks), 1, 1}, .threads = kRowThreads}, copy);
    if (status) return status;
  }
  return FOV_OK;
}

}  // namespace fovea::cuda
