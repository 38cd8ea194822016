#!/usr/bin/env bash
# What can be held against the CUDA kernels without a GPU, from a build that has libfovea_cuda.so:
#   - registers of each kernel on each architecture, its threads and shared memory, against the
#     table in native/src/cuda/resources.tsv: more registers than recorded, another size of shared
#     memory, a kernel too many or too few is an error; so is any spill or stack
#   - the instructions that native/src/cuda/promises.tsv promises, in the kernels' PTX
#   - docs/OCCUPANCY.md, which follows from the table
# Usage: cuda_gates.sh BUILD [--write]    --write renews the table and the document
set -euo pipefail
build=$(readlink -f "$1")
write=${2:-}
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
table=native/src/cuda/resources.tsv
promises=native/src/cuda/promises.tsv
document=docs/OCCUPANCY.md
nvcc=$(sed -nE 's/^FOVEA_NVCC:[A-Z]+=(.*)$/\1/p' "$build/CMakeCache.txt")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Reads mangled names in the first column, writes short ones: "rms_norm_kernel<bf16>".
short_names() {
  c++filt | sed -E 's/fovea::cuda::\(anonymous namespace\):://g; s/fovea::cuda:://g; s/fovea:://g
    s/^void //; s/\((unsigned )?(int|bool|char)\)//g; s/\([^\t]*\)\t/\t/; s/> >/>>/g'
}

# kernel, architecture, registers, stack and spilled bytes; from what ptxas said.
cat "$build"/native/cuda/src_cuda_*.log | awk '
  /Compiling entry function/ { split($0, part, "\047"); kernel = part[2]; arch = part[4] }
  /bytes stack frame/ { stack = $1 + $5 + $9 }
  /Used [0-9]+ registers/ {
    match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5)
    sub(/a$/, "", arch)
    print kernel "\t" arch "\t" registers "\t" stack
  }' | short_names | sort -u >"$work/ptxas"

if awk -F'\t' '$4 > 0 { print "spills or has a stack: " $1 " on " $2; bad = 1 } END { exit !bad }' "$work/ptxas"; then
  exit 1
fi

# The kernels' PTX, one file a kernel, and threads and shared memory of each.
mkdir "$work/kernels"
: >"$work/shapes.mangled"
while read -r source; do
  "$nvcc" -std=c++20 -O3 --fmad=false --expt-relaxed-constexpr --extended-lambda -ptx \
    -arch=compute_80 -Inative/include -Inative/src "$source" -o "$work/ptx"
  awk -v folder="$work/kernels" -v shapes="$work/shapes.mangled" '
    /\.entry/ { name = $0; sub(/.*\.entry /, "", name); sub(/\(.*/, "", name); threads = shared = 0 }
    name != "" { print >(folder "/" name) }
    /^\.maxntid/ { threads = $2 + 0 }
    /shared bytes/ { if ($NF > shared) shared = $NF + 0 }
    /^}/ { if (name != "") print name "\t" threads "\t" shared >>shapes; name = "" }
  ' "$work/ptx"
done < <(find native/src/cuda -name '*.cu' ! -name 'runtime_device.cu' | sort)
short_names <"$work/shapes.mangled" | sort -u >"$work/shapes"

# kernel, threads, shared, registers on sm_80, 86, 89, 90, 120
awk -F'\t' -v OFS='\t' '
  NR == FNR { registers[$1, $2] = $3; next }
  { print $1, $2, $3, registers[$1, "sm_80"], registers[$1, "sm_86"], registers[$1, "sm_89"],
    registers[$1, "sm_90"], registers[$1, "sm_120"] }' "$work/ptxas" "$work/shapes" >"$work/rows"
{
  printf '# kernel\tthreads\tshared bytes\tregisters sm_80\tsm_86\tsm_89\tsm_90a\tsm_120\n'
  cat "$work/rows"
} >"$work/table"

# Blocks and warps resident on a multiprocessor (CUDA programming guide, compute capabilities;
# registers are given to warps in units of 256, 1024 bytes of shared memory go with each block).
{
  echo "# Occupancy"
  echo
  echo "Written by \`native/tests/cuda_gates.sh\`, computed from the compiler's figures, not measured: warps that"
  echo "can be resident on one multiprocessor (of 64 on sm_80 and sm_90, 48 on the others). Shared memory is each"
  echo "kernel's fixed part."
  echo
  echo "| kernel | threads | shared bytes | registers | sm_80 | sm_86 | sm_89 | sm_90a | sm_120 |"
  echo "|---|---|---|---|---|---|---|---|---|"
  awk -F'\t' '
    function least(a, b) { return a < b ? a : b }
    function resident(i, registers, threads, shared,   warps, unit, by_registers) {
      if (registers == "") return "-"
      warps = threads / 32
      unit = int((registers * 32 + 255) / 256) * 256
      by_registers = int(int(65536 / 4 / unit) * 4 / warps)
      blocks = least(least(int(most_threads[i] / threads), most_blocks[i]), by_registers)
      blocks = least(blocks, int(memory[i] * 1024 / (shared + 1024)))
      return blocks * warps
    }
    BEGIN {
      split("2048 1536 1536 2048 1536", most_threads, " ")
      split("32 16 24 32 24", most_blocks, " ")
      split("164 100 100 228 100", memory, " ")
    }
    {
      high = 0
      for (i = 4; i <= 8; ++i) if ($i + 0 > high) high = $i + 0
      row = "| `" $1 "` | " $2 " | " $3 " | " high " |"
      for (i = 1; i <= 5; ++i) row = row " " resident(i, $(i + 3), $2, $3) " |"
      print row
    }' "$work/rows"
} >"$work/document"

failed=0
while IFS=$'\t' read -r kernel instruction; do
  [[ -n $kernel && $kernel != \#* ]] || continue
  found=0
  for file in "$work"/kernels/*; do
    name=$(basename "$file" | sed 's/$/\t/' | short_names)
    [[ $name =~ $kernel ]] || continue
    found=1
    if ! grep -qE "$instruction" "$file"; then
      echo "$name has no $instruction" >&2
      failed=1
    fi
  done
  if ((!found)); then
    echo "promises.tsv: no kernel matches $kernel" >&2
    failed=1
  fi
done <"$promises"
if grep -lE '(ld|st)\.local' "$work"/kernels/* >&2; then
  echo "these kernels use local memory" >&2
  failed=1
fi

if [[ $write == --write ]]; then
  cp "$work/table" "$table"
  cp "$work/document" "$document"
else
  # More registers than recorded are an error, fewer are not.
  awk -F'\t' '
    NR == FNR { for (i = 2; i <= 8; ++i) recorded[$1, i] = $i; known[$1] = 1; next }
    /^#/ { next }
    !($1 in known) { print "not in resources.tsv: " $1; bad = 1; next }
    {
      seen[$1] = 1
      for (i = 2; i <= 3; ++i) if ($i != recorded[$1, i]) { print $1 ": threads or shared memory changed from " recorded[$1, i] " to " $i; bad = 1 }
      for (i = 4; i <= 8; ++i) if ($i + 0 > recorded[$1, i] + 0) { print $1 ": " $i " registers, " recorded[$1, i] " recorded"; bad = 1 }
    }
    END {
      for (kernel in known) if (!(kernel in seen) && kernel !~ /^#/) { print "only in resources.tsv: " kernel; bad = 1 }
      exit bad
    }' "$table" "$work/table" >&2 || failed=1
  if ! cmp -s "$table" "$work/table"; then
    echo "note: figures differ from $table; cuda_gates.sh --write renews it"
  elif ! cmp -s "$document" "$work/document"; then
    echo "$document does not follow from $table: run cuda_gates.sh --write" >&2
    failed=1
  fi
fi
((!failed)) || exit 1
echo "CUDA gates: $(wc -l <"$work/rows") kernels, no spills, $(grep -cvE '^(#|$)' "$promises") promises kept"
