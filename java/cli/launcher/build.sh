# Builds the command line where it is missing or older than its sources. Sourced by ./fovea.
#   home    the checkout
#   target  Maven's folder of the command line; its file 'built' is as old as the last build and says
#           whether CUDA was wanted
# shellcheck shell=bash
# shellcheck disable=SC2154  # both are set by ./fovea

has_driver() {
  local library
  [[ -e /proc/driver/nvidia/version ]] && return
  for library in /usr/lib{/x86_64-linux-gnu,64,/wsl/lib}/libcuda.so.1; do
    [[ -e $library ]] && return
  done
  return 1
}

has_nvcc() {
  has nvcc || [[ -x ${CUDA_HOME:-/usr/local/cuda}/bin/nvcc ]]
}

# Whether the arguments name a CUDA device, or want its backend for elsewhere (dist).
asks_for_cuda() {
  [[ " $* " =~ \ --device[\ =]cuda[\ :] || " $* " =~ \ --cuda\  ]]
}

# What CMake is told of the CUDA backend: it takes minutes to compile, so it is left out where nothing
# would use it.
cuda_option() {
  if has_nvcc && { has_driver || asks_for_cuda "$@"; }; then
    echo AUTO
  else
    echo OFF
  fi
}

# Whether something has to be built. Folders count too: their age changes when a file goes.
stale() {
  [[ -f $target/fovea-cli.jar && -f $target/built && -d $target/lib ]] || return 0
  [[ $(<"$target/built") != OFF || $(cuda_option "$@") == OFF ]] || return 0
  local newer
  newer=$(cd "$home" && find CMakeLists.txt pom.xml .mvn native java/*/pom.xml java/*/src \
    weights-tools/pom.xml weights-tools/src \
    \( -path '*/src/test' -o -path native/tests \) -prune -o -newer "$target/built" -print -quit)
  [[ -n $newer ]]
}

# Compiles the kernels; begun beside Maven, whose own call of native/build.sh waits for this one.
run_cmake() {
  exec "$home/native/build.sh" "$home/java/binding/target/native" -DFOVEA_TESTS=OFF "-DFOVEA_CUDA=$1"
}

# Everything else, without what only developers need. The compiler that starts fastest does best in a
# JVM that lives so short.
run_maven() {
  cd "$home" || exit
  JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$java")")")
  export JAVA_HOME MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}"
  exec mvn -B -pl java/cli -am -DskipTests -Dmaven.test.skip=true -Dlint.skip=true -Dnative.tests=OFF \
    "-Dnative.cuda=$1" "-Dnative.jobs=$(nproc)" package
}

# Prints how far CMake is, such as "45%" or "12/48"; nothing before the first source.
kernels_done() {
  awk -F '[][]' '/^\[ *[0-9]+(%|\/[0-9]+)\]/ { done = $2 } END { gsub(/ /, "", done); print done }' \
    "$target/native.log"
}

# Prints what Maven does: the artifact that it fetches, or the module that it builds.
java_stage() {
  awk '/Building Fovea: / {
      count = $NF; gsub(/[][]/, "", count); sub("/", " of ", count)
      sub(/.*Building Fovea: /, ""); sub(/ [0-9.]+ +\[.*/, "")
      stage = "Java " count ": " $0
    }
    { fetched = /Downloading from/ ? $NF : "" }
    END { sub(/.*\//, "downloading ", fetched); print fetched ? fetched : stage }' "$target/build.log"
}

# One line that changes on a terminal; elsewhere a line for each module of Maven's.
show_progress() {
  local stage kernels=
  stage=$(java_stage)
  if [[ -t 2 ]]; then
    if running "$cmake_job"; then kernels=$(kernels_done); fi
    printf '\r\033[Kfovea: building, %d s%s%s' $((SECONDS - began)) "${kernels:+, kernels $kernels}" \
      "${stage:+, $stage}" >&2
  elif [[ $stage == Java* && $stage != "$shown" ]]; then
    echo "fovea: building $stage" >&2
    shown=$stage
  fi
}

running() {
  kill -0 "$1" 2>/dev/null
}

# Ends both builds with all that they started; each has a process group of its own.
stop_builds() {
  kill -- "-$cmake_job" "-$maven_job" 2>/dev/null || true
  wait 2>/dev/null || true
}

# Ends both builds, and with the compiler's messages in the log $1.
fail_build() {
  stop_builds
  [[ -t 2 ]] && echo >&2
  grep -E '\[ERROR\] .*(:\[[0-9]|Failed)|error:|CMake Error' "$1" | sed -n 1,30p >&2 || tail -n 30 "$1" >&2
  fail "the build failed; the whole log is in $1"
}

# Runs CMake and Maven side by side; $1 is what CMake is told of CUDA.
run_builds() {
  local cmake_job maven_job began=$SECONDS shown="" kernels=running
  : >"$target/native.log"
  : >"$target/build.log"
  trap 'stop_builds; exit 130' INT TERM HUP
  set -m
  run_cmake "$1" >"$target/native.log" 2>&1 </dev/null 9>&- &
  cmake_job=$!
  run_maven "$1" >"$target/build.log" 2>&1 </dev/null 9>&- &
  maven_job=$!
  set +m
  while running "$maven_job"; do
    if [[ $kernels == running ]] && ! running "$cmake_job"; then
      wait "$cmake_job" || fail_build "$target/native.log"
      kernels=built
    fi
    show_progress
    sleep 1
  done
  show_progress
  wait "$maven_job" || fail_build "$target/build.log"
  trap - INT TERM HUP
  [[ -t 2 ]] && printf '\r\033[K' >&2
  echo "fovea: built in $((SECONDS - began)) s" >&2
}

build() {
  mkdir -p "$target"
  exec 9>"$target/build.lock"
  flock 9 # a second start waits here, then finds everything built
  if stale "$@"; then
    require_tools build
    require_cmake
    find_java javac
    echo "fovea: building, which takes minutes the first time (logs: $target/build.log, native.log)" >&2
    run_builds "$(cuda_option "$@")"
  fi
  exec 9>&-
}
