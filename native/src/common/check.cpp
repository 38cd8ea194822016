#include "common/check.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace fovea {
namespace {

std::string bracketed(const int64_t* values, int32_t count) {
  std::string text = "[";
  for (int32_t i = 0; i < count; ++i) {
    if (i) text += ',';
    text += values[i] == kAnySize ? "any" : std::to_string(values[i]);
  }
  return text + "]";
}

int32_t described_rank(const fov_tensor& tensor) {
  return std::min(std::max(tensor.rank, 0), FOV_MAX_RANK);
}

int64_t elements(const fov_tensor& tensor) {
  int64_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i) count *= tensor.shape[i];
  return count;
}

bool is_dense(const fov_tensor& tensor) {
  int64_t expected = 1;
  for (int32_t i = described_rank(tensor) - 1; i >= 0; --i) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) return false;
    if (__builtin_mul_overflow(expected, tensor.shape[i], &expected)) return false;
  }
  return true;
}

// Bytes from the first element to the end of the last; false if that exceeds 2^63 - 1.
bool span_bytes(const fov_tensor& tensor, int64_t* bytes) {
  int64_t count = 1;
  int64_t last = 0;
  for (int32_t i = 0; i < tensor.rank; ++i) {
    if (__builtin_mul_overflow(count, tensor.shape[i], &count)) return false;
    int64_t reach;
    if (tensor.shape[i] == 0) continue;
    if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &reach)) return false;
    if (__builtin_add_overflow(last, reach, &last)) return false;
  }
  if (count == 0) {
    *bytes = 0;
    return true;
  }
  return !__builtin_add_overflow(last, 1, &last) &&
         !__builtin_mul_overflow(last, dtype_bytes(tensor.dtype), bytes);
}

// Bytes that one step of axis 0 covers.
int64_t row_bytes(const fov_tensor& tensor) {
  fov_tensor row = tensor;
  row.shape[0] = 1;
  int64_t bytes = 0;
  span_bytes(row, &bytes);
  return bytes;
}

bool same_view(const fov_tensor& a, const fov_tensor& b) {
  if (a.data != b.data || a.dtype != b.dtype || a.rank != b.rank) return false;
  for (int32_t i = 0; i < a.rank; ++i)
    if (a.shape[i] != b.shape[i] || (a.shape[i] > 1 && a.stride[i] != b.stride[i])) return false;
  return true;
}

// True where the views certainly share no byte: their spans are apart, or their rows lie in
// different columns of one matrix.
bool are_disjoint(const fov_tensor& a, const fov_tensor& b) {
  int64_t a_bytes = 0, b_bytes = 0;
  span_bytes(a, &a_bytes);
  span_bytes(b, &b_bytes);
  if (a_bytes == 0 || b_bytes == 0) return true;
  const auto a_begin = reinterpret_cast<intptr_t>(a.data);
  const auto b_begin = reinterpret_cast<intptr_t>(b.data);
  if (a_begin + a_bytes <= b_begin || b_begin + b_bytes <= a_begin) return true;
  const int64_t pitch = a.stride[0] * dtype_bytes(a.dtype);
  if (pitch <= 0 || pitch != b.stride[0] * dtype_bytes(b.dtype)) return false;
  const int64_t offset = ((b_begin - a_begin) % pitch + pitch) % pitch;  // of b's rows from a's
  return offset >= row_bytes(a) && offset + row_bytes(b) <= pitch;
}

const char* device_name(int32_t device) {
  switch (device) {
    case FOV_CPU:
      return "cpu";
    case FOV_CUDA:
      return "cuda";
    case FOV_CUDA_EMULATED:
      return "cuda-emulated";
    default:
      return "an unknown device";
  }
}

std::string dtype_list(DtypeSet dtypes) {
  std::string text;
  for (int32_t dtype = FOV_F32; dtype <= FOV_I4; ++dtype)
    if (dtypes >> dtype & 1) text += (text.empty() ? "" : " | ") + std::string(dtype_name(dtype));
  return text;
}

}  // namespace

std::string describe(const fov_tensor& tensor) {
  std::string text = dtype_name(tensor.dtype);
  text += bracketed(tensor.shape, described_rank(tensor));
  if (tensor.layout == FOV_PACKED)
    text += " packed";
  else if (tensor.layout == FOV_PACKED_INT8)
    text += " packed for int8";
  else if (!is_dense(tensor))
    text += " strides " + bracketed(tensor.stride, described_rank(tensor));
  return text + " on " + device_name(tensor.device);
}

bool is_group(int64_t group, int64_t K) {
  return group > 0 && (group == K || (group % 32 == 0 && K % group == 0));
}

Checks::Checks(const char* op, const fov_context* context) : op_(op), context_(context) {
  if (!context) status_ = fail(FOV_INVALID_ARGUMENT, "%s: wanted a context, got NULL", op);
}

Checks& Checks::reject(fov_status status, const char* name, const std::string& wanted,
                       const fov_tensor* got) {
  status_ = fail(status, "%s: %s: wanted %s, got %s", op_, name, wanted.c_str(),
                 got ? describe(*got).c_str() : "NULL");
  return *this;
}

Checks& Checks::layout(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes,
                       Freedom may) {
  if (!ok()) return *this;
  const auto invalid = [&](const std::string& wanted) -> Checks& {
    return reject(FOV_INVALID_ARGUMENT, name, wanted, tensor);
  };
  if (!tensor) return invalid("a tensor");
  if (tensor->rank != rank) return invalid("rank " + std::to_string(rank));
  if (!(may.on_device && tensor->device == context_->device) &&
      !(may.on_host && tensor->device == FOV_CPU))
    return invalid(wanted_device(may));
  if (tensor->layout != FOV_STRIDED) return invalid("a strided tensor");
  if (dtype_bytes(tensor->dtype) == 0) return invalid(dtype_list(dtypes));
  if (!(dtypes >> tensor->dtype & 1))
    return reject(FOV_UNIMPLEMENTED, name, dtype_list(dtypes), tensor);
  for (int32_t i = 0; i < rank; ++i)
    if (tensor->shape[i] < 0 || tensor->stride[i] < 0)
      return invalid("sizes and strides that are not negative");
  if (!may.strided_last_axis && tensor->shape[rank - 1] > 1 && tensor->stride[rank - 1] != 1)
    return invalid("a contiguous last axis");
  int64_t bytes = 0;
  if (!span_bytes(*tensor, &bytes)) return invalid("less than 2^63 bytes");
  if (bytes == 0) return *this;
  if (!tensor->data) return invalid("data that is not NULL");
  if (!(may.unaligned && tensor->device == FOV_CPU) &&
      reinterpret_cast<uintptr_t>(tensor->data) % uintptr_t(dtype_bytes(tensor->dtype)))
    return invalid("data aligned to its element");
  return *this;
}

std::string Checks::wanted_device(Freedom may) const {
  std::string text = "a tensor on ";
  if (may.on_device) text += device_name(context_->device);
  if (may.on_host && !(may.on_device && context_->device == FOV_CPU))
    text += may.on_device ? " or cpu" : "cpu";
  return text;
}

Checks& Checks::tensor(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes) {
  return layout(
      name, tensor, rank, dtypes,
      {.unaligned = false, .strided_last_axis = false, .on_device = true, .on_host = false});
}

Checks& Checks::host_tensor(const char* name, const fov_tensor* tensor, int32_t rank,
                            DtypeSet dtypes) {
  return layout(
      name, tensor, rank, dtypes,
      {.unaligned = true, .strided_last_axis = false, .on_device = false, .on_host = true});
}

Checks& Checks::strided_tensor(const char* name, const fov_tensor* tensor, int32_t rank,
                               DtypeSet dtypes) {
  return layout(name, tensor, rank, dtypes,
                {.unaligned = true, .strided_last_axis = true, .on_device = true, .on_host = true});
}

Checks& Checks::packed_weights(const char* name, const fov_tensor* tensor, DtypeSet dtypes) {
  if (!ok()) return *this;
  const auto wanted = [&](fov_status status, const std::string& text) -> Checks& {
    return reject(status, name, text, tensor);
  };
  if (!tensor) return wanted(FOV_INVALID_ARGUMENT, "packed weights");
  const bool for_int8 = tensor->layout == FOV_PACKED_INT8;
  if (tensor->layout != FOV_PACKED && !for_int8)
    return wanted(FOV_INVALID_ARGUMENT, "layout FOV_PACKED");
  if (tensor->rank != 2) return wanted(FOV_INVALID_ARGUMENT, "rank 2");
  if (tensor->device != context_->device)
    return wanted(FOV_INVALID_ARGUMENT,
                  std::string("a tensor on ") + device_name(context_->device));
  if (tensor->dtype < 0 || tensor->dtype > FOV_I4 || !(dtypes >> tensor->dtype & 1))
    return wanted(FOV_UNIMPLEMENTED, dtype_list(dtypes));
  if (for_int8 && tensor->dtype != FOV_I8 && tensor->dtype != FOV_I4)
    return wanted(FOV_INVALID_ARGUMENT, "layout FOV_PACKED, but for i8 | i4");
  if (tensor->shape[0] <= 0 || tensor->shape[1] <= 0)
    return wanted(FOV_INVALID_ARGUMENT, "at least one row and column");
  if (kQuantized >> tensor->dtype & 1) {
    that(is_group(tensor->stride[0], tensor->shape[1]),
         "%s: a group of K or of a multiple of 32 that divides K in stride[0], got %lld and K %lld",
         name, static_cast<long long>(tensor->stride[0]), static_cast<long long>(tensor->shape[1]));
    that(tensor->stride[1] == FOV_F32 || tensor->stride[1] == FOV_BF16 ||
             tensor->stride[1] == FOV_F16,
         "%s: a scale dtype of f32 | bf16 | f16 in stride[1], got %lld", name,
         static_cast<long long>(tensor->stride[1]));
    that(tensor->dtype != FOV_I4 || tensor->shape[1] % 8 == 0,
         "%s: i4 with K a multiple of 8, got %s", name, describe(*tensor).c_str());
    if (!ok()) return *this;
  }
  if (!tensor->data) return wanted(FOV_INVALID_ARGUMENT, "data that is not NULL");
  if (reinterpret_cast<uintptr_t>(tensor->data) % 4)
    return wanted(FOV_INVALID_ARGUMENT, "data aligned to 4 bytes");
  return *this;
}

Checks& Checks::shape(const char* name, const fov_tensor* tensor,
                      std::initializer_list<int64_t> sizes) {
  if (!ok()) return *this;
  int32_t axis = 0;
  for (int64_t size : sizes) {
    if (size != kAnySize && tensor->shape[axis] != size)
      return reject(FOV_INVALID_ARGUMENT, name, bracketed(sizes.begin(), int32_t(sizes.size())),
                    tensor);
    ++axis;
  }
  return *this;
}

Checks& Checks::same_dtype(const char* name, const fov_tensor* tensor, const fov_tensor* as) {
  if (!ok() || tensor->dtype == as->dtype) return *this;
  return reject(FOV_INVALID_ARGUMENT, name, dtype_name(as->dtype), tensor);
}

Checks& Checks::contiguous(const char* name, const fov_tensor* tensor) {
  if (!ok() || elements(*tensor) == 0 || is_dense(*tensor)) return *this;
  return reject(FOV_INVALID_ARGUMENT, name, "a contiguous tensor", tensor);
}

Checks& Checks::distinct_elements(const char* name, const fov_tensor* tensor) {
  if (!ok() || elements(*tensor) == 0) return *this;
  int64_t inner = 1;  // elements that one step of the axis covers
  for (int32_t i = tensor->rank - 1; i >= 0; --i) {
    if (tensor->shape[i] > 1 && tensor->stride[i] < inner)
      return reject(FOV_INVALID_ARGUMENT, name, "elements that do not overlap", tensor);
    if (tensor->shape[i] > 1) inner = (tensor->shape[i] - 1) * tensor->stride[i] + inner;
  }
  return *this;
}

Checks& Checks::same_or_disjoint(const char* name, const fov_tensor* output,
                                 const fov_tensor* input) {
  if (!ok() || same_view(*output, *input)) return *this;
  return disjoint(name, output, input);
}

Checks& Checks::disjoint(const char* name, const fov_tensor* output, const fov_tensor* input) {
  if (!ok() || are_disjoint(*output, *input)) return *this;
  return reject(FOV_INVALID_ARGUMENT, name,
                "memory that does not overlap the input " + describe(*input), output);
}

Checks& Checks::values_in(const char* name, const fov_tensor* tensor, int64_t low, int64_t high) {
  if (!ok() || context_->device != FOV_CPU) return *this;
  const int32_t* values = static_cast<const int32_t*>(tensor->data);
  for (int64_t i = 0; i < tensor->shape[0]; ++i)
    if (values[i] < low || values[i] >= high)
      return that(false, "%s[%lld] in %lld..%lld, got %d", name, static_cast<long long>(i),
                  static_cast<long long>(low), static_cast<long long>(high - 1), values[i]);
  return *this;
}

Checks& Checks::that(bool holds, const char* wanted, ...) {
  if (!ok() || holds) return *this;
  char text[512];
  va_list arguments;
  va_start(arguments, wanted);
  std::vsnprintf(text, sizeof text, wanted, arguments);
  va_end(arguments);
  status_ = fail(FOV_INVALID_ARGUMENT, "%s: wanted %s", op_, text);
  return *this;
}

Checks& Checks::served(bool has_kernel) {
  if (!ok() || has_kernel) return *this;
  status_ = fail(FOV_UNIMPLEMENTED, "%s: this backend has no kernel for it", op_);
  return *this;
}

}  // namespace fovea
