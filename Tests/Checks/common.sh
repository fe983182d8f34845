# Functions for .ci/run and the checks in this folder, which source this file.

# The exit code of a check that this machine cannot run.
skipped=77

say() { printf '%s\n' "$*"; }

fail() {
  say "error: $*"
  exit 1
}

skip() {
  say "skipped: $*"
  exit $skipped
}

# Prints a command and runs it.
run() {
  say "+ $*" >&2
  "$@"
}

digest_of() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# have COMMAND PACKAGE...: succeeds if the command exists, after an attempt to install it from Debian's packages.
have() {
  local name=$1
  shift
  command -v "$name" >/dev/null && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "+ apt-get install $*"
  timeout 120 apt-get update >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y --no-install-recommends "$@" 2>&1 >/dev/null | tail -n 3
  command -v "$name" >/dev/null
}

# The C compiler that comes with Swift.
clang_of_swift() {
  local clang
  clang="$(dirname "$(command -v swift)")/clang"
  if [ -x "$clang" ]; then say "$clang"; else command -v clang; fi
}
