#!/usr/bin/env bash
# Builds the native library and what the options add to it:
#   native/build.sh FOLDER [-DOPTION=VALUE]...     CMAKE_BUILD_PARALLEL_LEVEL=N   sources at a time
# A folder that CMake made for another place, as in a copied or moved checkout, is begun afresh: it
# is full of absolute paths. Two builds in one folder wait for each other.
set -euo pipefail

(($#)) || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
source=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
folder=$(readlink -m "$1")
shift

# Prints the path that CMake wrote under the name $1.
cached() {
  sed -n "s/^$1:INTERNAL=//p" "$folder/CMakeCache.txt"
}

made_elsewhere() {
  [[ -f $folder/CMakeCache.txt ]] || return 1
  ! [[ $(cached CMAKE_HOME_DIRECTORY) -ef $source && $(cached CMAKE_CACHEFILE_DIR) -ef $folder ]]
}

mkdir -p "$folder"
exec 8>"$folder/.lock"
flock 8
if made_elsewhere; then
  echo "$folder was made for $(cached CMAKE_HOME_DIRECTORY): begun afresh"
  find "$folder" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
fi
if ! [[ -f $folder/CMakeCache.txt ]] && ! command -v make >/dev/null; then
  export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
fi
cmake -S "$source" -B "$folder" -DFOVEA_UNITY=ON -DCMAKE_COMPILE_WARNING_AS_ERROR=OFF "$@"
CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)} exec cmake --build "$folder"
