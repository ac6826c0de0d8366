#!/bin/sh
# Finds out what letra needs and this machine lacks, and installs it or says how.
#
#     .ci/deps.sh check GROUP...      prints the line that installs what is missing, and fails if anything is
#     .ci/deps.sh install GROUP...    installs it, when root or when sudo asks for no password
#
# Groups: build (make), test (make test), lint (make lint), fuzz (make fuzz, make tsan), dev (benchmarks,
# comparison with PyTorch, make valgrind).
# Everything is detected by using it (pkg-config, a compilation, a program in PATH), so that libraries that
# did not come with Debian's packages count too, and nothing is asked of the network when nothing is missing.
# Read from the environment: CC, CPPFLAGS, LDFLAGS, PKG_CONFIG, PYTHON, READLINE=0.
set -u

: "${CC:=gcc}" "${PKG_CONFIG:=pkg-config}" "${PYTHON:=python3}" "${READLINE:=1}"

missing=''
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

miss() {
    case " $missing " in
    *" $1 "*) ;;
    *) missing="${missing:+$missing }$1" ;;
    esac
}

# need_program NAME PACKAGE
need_program() {
    command -v "$1" >/dev/null 2>&1 || miss "$2"
}

# need_library PKG_CONFIG_NAME PACKAGE
need_library() {
    $PKG_CONFIG --exists "$1" 2>/dev/null || miss "$2"
}

# need_compile PACKAGE COMPILER SOURCE [FLAG...]: a program that must compile and link
need_compile() {
    package=$1
    compiler=$2
    printf '%s\n' "$3" >"$scratch/try.c"
    shift 3
    # The variables hold flags: they must fall into words.
    # shellcheck disable=SC2086
    $compiler ${CPPFLAGS:-} "$scratch/try.c" -o "$scratch/try" ${LDFLAGS:-} "$@" >/dev/null 2>&1 ||
        miss "$package"
}

# need_python_module NAME PACKAGE: in the python3 of PATH or in Debian's
need_python_module() {
    for python in "$PYTHON" /usr/bin/python3; do
        "$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' \
            "$1" >/dev/null 2>&1 && return
    done
    miss "$2"
}

need_build() {
    case $CC in
    gcc* | cc*) need_program "${CC%% *}" gcc ;;
    *) need_program "${CC%% *}" "${CC%% *}" ;;
    esac
    need_program make make
    need_program "$PKG_CONFIG" pkg-config
    need_compile libc6-dev "$CC" '#include <stdio.h>
        int main(void) { return puts("") < 0; }'
    need_compile libdnnl-dev "$CC" '#include <oneapi/dnnl/dnnl.h>
        int main(void) { return sizeof(dnnl_matmul_desc_t) == 0 || dnnl_version() == NULL; }' -ldnnl # oneDNN 2
    need_library libutf8proc libutf8proc-dev
    need_library libpcre2-8 libpcre2-dev
    need_library jansson libjansson-dev
    need_library libdivsufsort libdivsufsort-dev
    if [ "$READLINE" != 0 ]; then
        need_library readline libreadline-dev
    fi
}

need_test() {
    need_library cmocka libcmocka-dev
    need_program bats bats
    need_program tmux tmux
    need_program curl curl
}

# With a header of its own for OpenMP: gcc's is not among clang's.
need_clang() {
    need_program clang clang
    need_compile libomp-dev clang '#include <omp.h>
        int main(void) { return omp_get_max_threads() < 1; }' -fopenmp
}

need_lint() {
    need_program clang-format clang-format
    need_program clang-tidy clang-tidy
    need_program cppcheck cppcheck
    need_program shellcheck shellcheck
    need_clang # whose headers clang-tidy reads
}

need_fuzz() {
    need_clang
    need_compile libclang-rt-dev clang '#include <stddef.h>
        int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
        int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) { return data == NULL && size; }' \
        -fsanitize=fuzzer,address
}

need_dev() {
    need_program gawk gawk
    need_program hyperfine hyperfine
    need_program perf linux-perf
    need_program valgrind valgrind
    need_python_module torch python3-torch
    # The products of Debian's PyTorch are slow with the reference BLAS.
    PATH="$PATH:/sbin" ldconfig -p 2>/dev/null | grep -q libopenblas || miss libopenblas0-pthread
}

find_missing() {
    missing=''
    for group in $groups; do
        case $group in
        build) need_build ;;
        test) need_test ;;
        lint) need_lint ;;
        fuzz) need_fuzz ;;
        dev) need_dev ;;
        *)
            echo "deps.sh: no group '$group': build, test, lint, fuzz or dev" >&2
            exit 2
            ;;
        esac
    done
}

# say_how [SUDO]
say_how() {
    sudo=${1:+$1 }
    update=''
    lists_suffice || update="${sudo}apt-get update && "
    echo "letra: this machine lacks: $missing" >&2
    echo "Run this line (packages of Debian 12), then make again:" >&2
    echo "    $update${sudo}apt-get install -y --no-install-recommends $missing" >&2
}

# Whether apt knows a version of every missing package; a fresh container has no lists at all.
lists_suffice() {
    for wanted in $missing; do
        apt-cache show --no-all-versions "$wanted" >/dev/null 2>&1 || return 1
    done
}

# run_apt [sudo -n]: the lists are fetched only where they are missing or turn out to be stale
run_apt() {
    apt="env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120"
    install="$* $apt install -y --no-install-recommends $missing"
    echo "letra: installing $missing"
    if lists_suffice && $install; then
        return 0
    fi
    # shellcheck disable=SC2086
    "$@" $apt update && $install
}

install_missing() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say_how sudo
        echo "(There is no apt-get here: install the same under the names of your system.)" >&2
        return 1
    elif [ "$(id -u)" = 0 ]; then
        run_apt env
    elif sudo -n true 2>/dev/null; then
        run_apt sudo -n
    else
        say_how sudo
        return 1
    fi
}

[ $# -ge 2 ] || {
    echo "usage: deps.sh check|install build|test|lint|fuzz|dev..." >&2
    exit 2
}
action=$1
shift
groups=$*
find_missing
[ -n "$missing" ] || exit 0

case $action in
check)
    if [ "$(id -u)" = 0 ]; then
        say_how ''
    else
        say_how sudo
    fi
    echo "(make deps or make deps-dev runs it.)" >&2
    exit 1
    ;;
install)
    install_missing || exit 1
    hash -r
    find_missing
    if [ -n "$missing" ]; then
        echo "letra: installed, and still not usable: $missing (compiler: $CC)" >&2
        exit 1
    fi
    ;;
*)
    echo "deps.sh: no action '$action': check or install" >&2
    exit 2
    ;;
esac
