# What the launcher needs of the machine: found, or installed after asking. Sourced by ./fovea.
# shellcheck shell=bash
# shellcheck disable=SC2034  # java and version are what ./fovea reads

jvms=/usr/lib/jvm

fail() {
  echo "fovea: $*" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null
}

# Feature version of the java or javac $1, read from its 'release' file: no JVM is started.
java_version() {
  local release line
  release=$(dirname "$(dirname "$(readlink -f "$1")")")/release
  [[ -r $release ]] || return 1
  line=$(grep -m1 '^JAVA_VERSION=' "$release") || return 1
  line=${line#JAVA_VERSION=\"}
  line=${line#1.}
  echo "${line%%[.\"+-]*}"
}

# Sets java and version to the first executable $1, java or javac, of Java 17 or newer; seen to what
# there is.
find_java() {
  local candidate
  seen=()
  for candidate in "${JAVA_HOME:-/nonexistent}/bin/$1" "$(command -v "$1" || true)" "$jvms"/*/bin/"$1"; do
    [[ -x $candidate ]] || continue
    version=$(java_version "$candidate") || continue
    seen+=("$candidate is $version")
    if ((version >= 17)); then
      java=$candidate
      return
    fi
  done
  return 1
}

# The distribution's oldest JDK that will do.
jdk_package() {
  local release
  for release in 17 21 25; do
    if [[ -n $(apt-cache madison "openjdk-$release-jdk-headless" 2>/dev/null) ]]; then
      echo "openjdk-$release-jdk-headless"
      return
    fi
  done
  echo default-jdk-headless
}

# Prints the Debian packages that are missing for $1: run, or build.
missing_packages() {
  if [[ $1 == run ]]; then
    find_java java || jdk_package
    return
  fi
  find_java javac || jdk_package
  has mvn || echo maven
  has cmake || echo cmake
  has c++ || has g++ || echo g++
  has make || has ninja || echo make
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Whether the packages "$@" may be installed: FOVEA_INSTALL=1 says yes, else the terminal is asked.
may_install() {
  has apt-get || return 1
  [[ $(id -u) == 0 ]] || has sudo || return 1
  [[ -z ${FOVEA_INSTALL:-} ]] || {
    [[ $FOVEA_INSTALL == 1 ]]
    return
  }
  [[ -t 0 && -t 2 ]] || return 1
  local answer
  read -r -p "fovea: needs ${*}; install with apt-get? [y/N] " answer
  [[ $answer == [yY]* ]]
}

# Installs what is missing for $1. The names are asked for again, with apt's lists up to date.
apt_install() {
  local packages
  as_root apt-get update -q >&2 || echo "fovea: apt-get update failed; trying without" >&2
  mapfile -t packages < <(missing_packages "$1")
  echo "fovea: installing ${packages[*]}" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${packages[@]}" >&2 || fail "apt-get could not install ${packages[*]}"
  hash -r
  mapfile -t packages < <(missing_packages "$1")
  ((${#packages[@]} == 0)) || fail "apt-get installed it, but there is still no ${packages[*]}"
}

# Sees to everything that $1, run or build, needs, or ends with what to do.
require_tools() {
  local packages sudo=
  mapfile -t packages < <(missing_packages "$1")
  ((${#packages[@]})) || return 0
  if may_install "${packages[@]}"; then
    apt_install "$1"
    return
  fi
  [[ $(id -u) == 0 ]] || sudo="sudo "
  find_java javac || true
  fail "the $1 needs ${packages[*]} (Java 17 or newer; found: ${seen[*]:-none});
  Debian, Ubuntu: ${sudo}apt-get update && ${sudo}apt-get install ${packages[*]}
  Fedora:         ${sudo}dnf install java-21-openjdk-devel maven cmake gcc-c++ make
  On Debian and Ubuntu FOVEA_INSTALL=1 ./fovea does it."
}

require_cmake() {
  local cmake
  cmake=$(cmake --version | sed -n '1s/^[^0-9]*//p')
  [[ $(printf '%s\n' 3.25 "$cmake" | sort -V | sed -n 1p) == 3.25 ]] ||
    fail "needs CMake 3.25 or newer, found $cmake; Ubuntu 22.04: sudo snap install cmake --classic"
}
