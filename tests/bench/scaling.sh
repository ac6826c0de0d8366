#!/usr/bin/env bash
# Measures how the speed of training follows each size of the work, and prints tables in Markdown.
#
#     LETRA=./letra BENCH=build/release/tests/bench tests/bench/scaling.sh       (make bench-scaling)
set -eu

cd "$(dirname "$0")/../.."
source tests/bench/common.sh

measure_machine
printf '# How the speed of training follows the size of the work\n\n'
print_surroundings
cat <<'END'

Made by "make bench-scaling". One size at a time is varied around 2×256 units, T 64, B 32, 65 symbols, embedding 64;
all threads; f32 and, where that is faster, bf16. The limit is the roofline of results.md; a share that is under half of
a neighbour's is marked.

## The machine

END
print_machine
"${runner[@]}" "$programs/scaling" "$scratch/machine"
