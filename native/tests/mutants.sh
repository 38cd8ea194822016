#!/usr/bin/env bash
# Plants one bug at a time in the CUDA kernels, and demands that an op test sees each.
#
#   native/tests/mutants.sh [build folder [mutant...]]
#
# Without arguments: the folder "build", and every mutant.
# The folder holds a build with -DFOVEA_TESTS=ON that passes its tests; it stays as it is. A mutant
# is mutants/NAME.patch, and says in its head what the bug is and which test catches it:
#
#   Bug: a barrier is missing between two uses of one buffer
#   Test: rms_norm in_place_and_zero_rows        (a test, and one of its cases)
#
# Made by "git diff -U0": the changed lines themselves are found, whatever is around them.
#
# Fails if a mutant survives, or does not apply to the sources or compile any more.
set -euo pipefail

tests=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source=$(readlink -f "$tests/../..")
built=$(readlink -f "${1:-build}")
mutants=("${@:2}")
((${#mutants[@]})) || mapfile -t mutants < <(cd "$tests/mutants" && ls ./*.patch | sed 's|^\./||')
mutants=("${mutants[@]/#/$tests/mutants/}")
jobs=$(nproc)
export FOVEA_DEVICE=cuda-emulated

if [[ ! -e $built/libfovea_cuda_emulated.so ]]; then
  echo "there is no $built/libfovea_cuda_emulated.so: build with -DFOVEA_TESTS=ON first" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy of the sources, and a build of the plug-in alone, beside the very libfovea.so.
mkdir "$work/source" "$work/library"
cp -r "$source/CMakeLists.txt" "$source/native" "$work/source"
cp "$built/libfovea.so" "$work/library"
cmake -S "$work/source" -B "$work/build" -DFOVEA_TESTS=ON -DFOVEA_CUDA=OFF \
  -DCMAKE_CXX_FLAGS_RELEASE=-O1 >"$work/log"  # compiled often, run briefly

build() {
  cmake --build "$work/build" --target fovea_cuda_emulated --parallel "$jobs" >"$work/log" 2>&1 &&
    cp "$work/build/libfovea_cuda_emulated.so" "$work/library"
}

# Runs a case of an op's test with the plug-in that was built last; its text goes to $work/text.
run() {
  LD_LIBRARY_PATH=$work/library FOVEA_TEST_CASE=$2 timeout 120 \
    "$built/native/tests/$1_test" >"$work/text" 2>&1
}

# The line of a patch's head that begins with this word.
head_line() {
  sed -nE "s/^$2: (.*)\$/\\1/p;/^diff|^---/q" "$1"
}

if ! build; then
  cat "$work/log"
  exit 1
fi
cp -a "$work/source" "$work/sound-source"
cp -a "$work/build" "$work/sound-build"

for mutant in "${mutants[@]}"; do head_line "$mutant" Test; done | sort -u |
  while read -r op case; do
    if ! run "$op" "$case"; then
      echo "$op $case fails without any mutant:"
      cat "$work/text"
      exit 1
    fi
  done

caught=0
for mutant in "${mutants[@]}"; do
  name=$(basename "$mutant" .patch)
  read -r op case <<<"$(head_line "$mutant" Test)"
  if ! (cd "$work/source" && git apply --unidiff-zero --recount "$mutant"); then
    seen="DOES NOT APPLY"
  elif ! build; then
    seen="DOES NOT COMPILE: $(grep -m 1 error "$work/log" || true)"
  else
    status=0
    run "$op" "$case" || status=$?
    if ((status == 0)); then
      seen="SURVIVES"
    elif ((status == 124)); then
      seen="HANGS"
    else
      seen="caught by $op: $(sed -nE '/^  /{s/^ +//;p;q}' "$work/text")"
      caught=$((caught + 1))
    fi
  fi
  printf '%-28s %s\n%-28s %s\n' "$name" "$(head_line "$mutant" Bug)" "" "$seen"
  # The sound objects are older than the mutant's, so nothing of it stays.
  rm -rf "$work/source" "$work/build"
  cp -a "$work/sound-source" "$work/source"
  cp -a "$work/sound-build" "$work/build"
done
echo "$caught of ${#mutants[@]} mutants caught"
((caught == ${#mutants[@]} && caught > 0))
