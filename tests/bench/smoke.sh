#!/usr/bin/env bash
# Runs each program of the benchmarks once, at its smallest: whether it runs, not how fast. What it measures is thrown
# away, and what it is told of the machine is made up.
#
#     BENCH=build/release/tests/bench tests/bench/smoke.sh       (make bench-smoke)
set -eu

programs=${BENCH:-build/release/tests/bench}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What `machine measure` prints.
for row in peak_f32 peak_bf16 product_f32 product_bf16 read_l1 read_l2 read_beyond; do
    printf '%s_one 1000000000\n%s_all 1000000000\n' "$row" "$row"
done >"$scratch/machine"
printf 'threads_one 1\nthreads_all 1\nsize_l1 32768\nsize_l2 1048576\n' >>"$scratch/machine"
printf 'One line.\nAnd another.\n' >"$scratch/text"

# smoke PATTERN PROGRAM ARGUMENT...: it ends well, and prints a line that matches
smoke() {
    local pattern=$1 program=$2
    shift 2
    if ! "$programs/$program" "$@" >"$scratch/output" || ! grep -q -E -e "$pattern" "$scratch/output"; then
        echo "$program $*: did not print what matches $pattern but:" >&2
        cat "$scratch/output" >&2
        return 1
    fi
    echo "$program runs"
}

smoke '^train f32 all [1-9]' machine limits "$scratch/machine" 2 16 8 65 4 2
smoke '^\| \*\*whole step\*\* \| [0-9.]+ \|' parts f32 1 2x16x4x2
smoke '^\| 16 \| [1-9][0-9]* \|' scaling "$scratch/machine" 1 1
smoke '^[0-9.]+ 23 23 [1-9]' loading "$scratch/text"
smoke '^[1-9]' onednn_lstm f32 1 16 4 2 0.1
smoke '^\| mean \| \| \| \*\*[0-9.]+' constraint models/letra-english.safetensors 0.01
