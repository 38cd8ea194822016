#!/usr/bin/env bash
# The first minutes on a GPU: builds the CUDA backend for the card that is here, checks it, measures
# it. Needs nvcc of CUDA 13, CMake and a C++20 compiler; compute-sanitizer, a python3 with PyTorch
# and a built ./fovea are used where they are. Changes no setting of the card.
#
#   gpu_first_run.sh [RESULTS]     RESULTS: a folder to be made, else
#                                  bench/results/gpu-<card>-<commit>
#   FOVEA_MINUTES=8                 steps that do not fit are left out, and count as failed
#   FOVEA_BUILD=FOLDER              build folder, else build-gpu
#   FOVEA_COMMIT=NAME               the commit, where this is no git checkout
#   FOVEA_SCENES=FOLDER             data for ./fovea eval (docs/CLI.md), where ./fovea was built
#
# Every step has a time limit, and the next one runs whatever became of it. Exit status: 0 all
# steps passed; 1 some did not; 77 there is no GPU, and nothing was run.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

build=$(readlink -m "${FOVEA_BUILD:-build-gpu}")
jobs=$(nproc)
end=$((SECONDS + ${FOVEA_MINUTES:-8} * 60))

if ! card=$(nvidia-smi --query-gpu=name --format=csv,noheader --id=0 2>/dev/null) || [[ -z $card ]]; then
  echo "no GPU: nothing was run"
  exit 77
fi
commit=${FOVEA_COMMIT:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)}
if [[ -n $(git status --porcelain --untracked-files=no 2>/dev/null) ]]; then commit+=-changed; fi
name=$(tr -cs '[:alnum:]' '-' <<<"$card" | tr '[:upper:]' '[:lower:]')
results=$(readlink -m "${1:-bench/results/gpu-${name%-}-$commit}")
mkdir -p "$results" || exit 1
summary=$results/summary.txt
: >"$summary"

failed=0
note() { # prints a line, and keeps it
  echo "$*" | tee -a "$summary"
}

# step NAME SECONDS COMMAND...: runs it, output to NAME.txt; its status.
step() {
  local what=$1 limit=$2 began=$SECONDS status=0
  shift 2
  if ((limit > end - SECONDS)); then limit=$((end - SECONDS)); fi
  if ((limit < 5)); then
    note "$(printf '%-24s left out: no time' "$what")"
    failed=1
    return 1
  fi
  printf '$ %s\n' "$*" >"$results/$what.txt"
  timeout --kill-after=5 "$limit" "$@" >>"$results/$what.txt" 2>&1 </dev/null || status=$?
  if ((status == 0)); then
    note "$(printf '%-24s passed in %d s' "$what" $((SECONDS - began)))"
    return 0
  fi
  failed=1
  local how="failed with status $status"
  if ((status == 124 || status == 137)); then how="took longer than $limit s"; fi
  note "$(printf '%-24s %s: the end of %s' "$what" "$how" "$what.txt")"
  tail -n 15 "$results/$what.txt" | sed 's/^/    /'
  return "$status"
}

absent() { # what was not there to be run; no failure
  note "$(printf '%-24s absent: %s' "$1" "$2")"
}

device_facts() {
  nvidia-smi --id=0 --query-gpu=name,driver_version,compute_cap,memory.total,power.limit,clocks.max.sm,clocks.max.mem,clocks.sm,clocks.mem,temperature.gpu,mig.mode.current,ecc.mode.current --format=csv
  nvcc --version | tail -n 2
  "${CXX:-c++}" --version | sed -n 1p
  grep -m1 'model name' /proc/cpuinfo
  echo "processors: $jobs"
  echo "commit: $commit"
  date -u
}

configure_and_build() {
  local generator=() keep_going=(-k)
  if [[ ! -e $build/CMakeCache.txt ]] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake -S . -B "$build" "${generator[@]}" -DFOVEA_TESTS=ON -DFOVEA_BENCH=ON -DFOVEA_CUDA=ON \
    -DFOVEA_CUDA_ARCHITECTURES="$architecture" || return 1
  if [[ -e $build/build.ninja ]]; then keep_going=(-k 0); fi
  cmake --build "$build" -j "$jobs" -- "${keep_going[@]}"
}

# Tests that ctest skips because no device was found are failures here.
conformance() {
  local log status=0
  log=$(mktemp)
  ctest --test-dir "$build" -R '\.cuda$' -E '^wide' -j 8 --timeout 120 --output-on-failure | tee "$log" || status=1
  if grep -q 'Skipped' "$log"; then
    echo "some tests found no device"
    status=1
  fi
  rm -f "$log"
  return "$status"
}

# sanitize TOOL TEST [CASE]: a test of the op, or one of its cases, under compute-sanitizer.
sanitize() {
  local tool=$1 program=$build/native/tests/$2
  FOVEA_DEVICE=cuda FOVEA_TEST_CASE=${3:-} compute-sanitizer --tool "$tool" --error-exitcode 9 \
    --report-api-errors no --print-limit 20 "$program"
}

memcheck() {
  local status=0
  sanitize memcheck simt_device_test || status=1
  for op in rms_norm layer_norm group_norm max_pool scale_columns rope_append convolution; do
    sanitize memcheck ${op}_test agrees_with_the_formula || status=1
  done
  sanitize memcheck gather_rows_test copies_the_named_rows || status=1
  sanitize memcheck copy_pages_test copies_in_order || status=1
  sanitize memcheck linear_test every_epilogue_with_every_dtype || status=1
  sanitize memcheck quantized_linear_test decode_equals_prefill || status=1
  sanitize memcheck attention_test rows_do_not_depend_on_each_other_or_on_threads || status=1
  sanitize memcheck paged_attention_test every_head_size_of_the_models || status=1
  sanitize memcheck sample_test equal_scores_go_by_id || status=1
  return "$status"
}

racecheck() { # kernels that use shared memory
  local status=0
  sanitize racecheck simt_device_test || status=1
  sanitize racecheck layer_norm_test in_place_and_zero_rows || status=1
  sanitize racecheck group_norm_test in_place_and_zero_rows || status=1
  sanitize racecheck linear_test every_epilogue_with_every_dtype || status=1
  sanitize racecheck quantized_linear_test decode_equals_prefill || status=1
  sanitize racecheck attention_test rows_do_not_depend_on_each_other_or_on_threads || status=1
  sanitize racecheck paged_attention_test every_head_size_of_the_models || status=1
  sanitize racecheck sample_test equal_scores_go_by_id || status=1
  return "$status"
}

initcheck() {
  local status=0
  sanitize initcheck simt_device_test || status=1
  sanitize initcheck linear_test every_epilogue_with_every_dtype || status=1
  sanitize initcheck attention_test rows_do_not_depend_on_each_other_or_on_threads || status=1
  return "$status"
}

# The demo's boxes and texts have to be those of the processor; so has the accuracy on FOVEA_SCENES.
engine_on_cuda() {
  local folder device
  folder=$(mktemp -d)
  ./fovea doctor || return 1
  for device in cpu cuda; do
    ./fovea demo --device "$device" --out "$folder" --json | tee "$folder/$device.json" || return 1
    grep -oE '"(box|text)" : ("[^"]*"|\[[^]]*\])' "$folder/$device.json" >"$folder/$device.answers"
    [[ -s $folder/$device.answers ]] || return 1
  done
  diff "$folder/cpu.answers" "$folder/cuda.answers" || return 1
  [[ -n ${FOVEA_SCENES:-} ]] || return 0
  for device in cpu cuda; do
    ./fovea eval --data "$FOVEA_SCENES" --limit 50 --device "$device" --json | tee "$folder/$device.json" || return 1
    grep -oE '"(accuracy|mean_iou)" : [0-9.]+' "$folder/$device.json" >"$folder/$device.accuracy"
    [[ -s $folder/$device.accuracy ]] || return 1
  done
  diff "$folder/cpu.accuracy" "$folder/cuda.accuracy"
}

op_rows() { # op_rows FILE OPTIONS...
  local file=$1
  shift
  echo "$ op_bench --device cuda --dtype bf16 --json $file $*"
  "$build/bench/native/op_bench" --device cuda --dtype bf16 --json "$results/$file" "$@"
}

# Steps run these in a shell of their own, so that timeout can end them.
export build jobs commit results end
export -f device_facts configure_and_build conformance sanitize memcheck racecheck initcheck engine_on_cuda op_rows

capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader --id=0)
architecture=${capability/./}
if ((architecture == 90)); then architecture=90a; fi
export architecture

note "$card, sm_$architecture, commit $commit, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader --id=0)
printf '{"card":"%s","driver":"%s","architecture":"%s","commit":"%s","date":"%s"}\n' "$card" "$driver" \
  "$architecture" "$commit" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$results/run.json"
step device 20 bash -c device_facts
step build 240 bash -c configure_and_build
step primitives 30 "$build/native/tests/simt_device_test"
step conformance 120 bash -c conformance
step wide 60 env FOVEA_DEVICE=cuda "$build/native/tests/wide_test"

if command -v compute-sanitizer >/dev/null; then
  step memcheck 75 bash -c memcheck
  step racecheck 75 bash -c racecheck
else
  absent memcheck "no compute-sanitizer"
fi

rm -f "$results"/*.jsonl
step ceilings 30 "$build/bench/native/gpu_bench" --json "$results/ceilings.jsonl"
step decode_and_prefill 90 bash -c 'op_rows ops.jsonl --seconds 0.1 --graph --op linear'
step attention 40 bash -c 'op_rows ops.jsonl --seconds 0.1 --graph --op attention'
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  step beside_torch 90 python3 bench/native/torch_bench.py "$results/ops.jsonl" "$results/beside_torch.jsonl"
else
  absent beside_torch "no python3 with PyTorch that sees the GPU"
fi
step other_ops 40 bash -c 'for op in norm rope_append activations copies image_patches; do
  op_rows ops.jsonl --seconds 0.1 --graph --op $op || exit 1; done'
step launched_one_by_one 60 bash -c 'op_rows launched.jsonl --seconds 0.05 --op routed_linear &&
  op_rows launched.jsonl --seconds 0.05 --op paged_attention &&
  op_rows launched.jsonl --seconds 0.05 --op norm'

if [[ -f java/cli/target/fovea-cli.jar ]] && command -v java >/dev/null; then
  step engine 90 bash -c engine_on_cuda
else
  absent engine "no Java, or ./fovea was not built: the engine did not run on this card"
fi
if command -v compute-sanitizer >/dev/null; then step initcheck 45 bash -c initcheck; fi

note "no wgmma, TMA or programmatic launch is in the tree: products are those of mma.sync"
cat "$results"/{ceilings,beside_torch}.txt 2>/dev/null
cat "$summary"
echo "results: $results"
exit "$failed"
