#include "cpu/isa.h"

#include <cstdlib>
#include <cstring>
#include <string>

namespace fovea::cpu {
namespace {

struct Feature {
  const char* name;
  bool present;
};

#if defined(FOV_X86)

#define FOV_FEATURE(name) \
  Feature { name, bool(__builtin_cpu_supports(name)) }

const Feature kFeatures[] = {
    FOV_FEATURE("sse4.2"),     FOV_FEATURE("avx2"),     FOV_FEATURE("fma"),
    FOV_FEATURE("f16c"),       FOV_FEATURE("avx512f"),  FOV_FEATURE("avx512bw"),
    FOV_FEATURE("avx512vl"),   FOV_FEATURE("avx512dq"), FOV_FEATURE("avx512vnni"),
    FOV_FEATURE("avx512bf16"),
};

bool has(const char* name) {
  for (const Feature& feature : kFeatures)
    if (std::strcmp(feature.name, name) == 0) return feature.present;
  return false;
}

Isa best_isa() {
  if (!has("avx2") || !has("fma") || !has("f16c")) return Isa::kPortable;
#if defined(FOV_EMULATE_AVX512)
  return Isa::kAvx512;
#else
  const bool avx512 = has("avx512f") && has("avx512bw") && has("avx512vl") && has("avx512dq");
  return avx512 ? Isa::kAvx512 : Isa::kAvx2;
#endif
}

#else

const Feature kFeatures[] = {{"128-bit vectors", true}};

Isa best_isa() { return Isa::kPortable; }

#endif

Isa chosen_isa() {
  const Isa best = best_isa();
  const char* wanted = std::getenv("FOVEA_ISA");
  if (!wanted) return best;
  for (Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512})
    if (std::strcmp(wanted, isa_name(isa)) == 0 && isa <= best) return isa;
  return best;
}

std::string features_text() {
  std::string text;
  for (const Feature& feature : kFeatures)
    if (feature.present) text += std::string(feature.name) + ' ';
  if (!text.empty()) text.back() = ';';
  text += std::string(" kernels: ") + isa_name(isa());
#if defined(FOV_EMULATE_AVX512)
  if (isa() == Isa::kAvx512) text += " (emulated)";
#endif
  return text;
}

}  // namespace

Isa isa() {
  static const Isa chosen = chosen_isa();
  return chosen;
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    default:
      return "portable";
  }
}

const Kernels& kernels(Isa isa) {
#if defined(FOV_X86)
  if (isa == Isa::kAvx512) return avx512::kKernels;
  if (isa == Isa::kAvx2) return avx2::kKernels;
#endif
  (void)isa;
  return portable::kKernels;
}

}  // namespace fovea::cpu

extern "C" const char* fov_cpu_features(void) {
  static const std::string text = fovea::cpu::features_text();
  return text.c_str();
}
