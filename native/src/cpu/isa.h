// Instruction sets that the kernels are compiled for.
#pragma once
#include "common/kernels.h"

namespace fovea::cpu {

enum class Isa { kPortable, kAvx2, kAvx512 };

// What this process uses: the best that the processor and the operating system offer, lowered by
// the environment variable FOVEA_ISA (portable | avx2 | avx512), read once.
Isa isa();
const char* isa_name(Isa isa);
const Kernels& kernels(Isa isa);

// Each instruction set compiles the kernel sources into a namespace of its own.
namespace portable {
extern const Kernels kKernels;
}
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}

}  // namespace fovea::cpu
