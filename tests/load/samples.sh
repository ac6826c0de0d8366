#!/usr/bin/env bash
# Many long samples: a thousand of 10,000 characters side by side, and one that is as long as all of them.
#
#     LETRA=./letra tests/load/samples.sh [COUNT]      (make load)
#
# COUNT: samples side by side; 1000 unless given. The texts of all but the first are kept until those before them are
# printed, so memory may grow by what they take, two bytes a character at most: buffers double. One long sample is
# kept nowhere: memory may grow by 1 MB, a fifth of a byte a character leaked.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

count=${1:-1000}
length=10000
long=$((count * length))
model=$(dirname "$0")/../../models/letra-english.safetensors

echo "$count samples of $length characters"
# A buffer smaller than the default, so that the first text's course can be seen: one character of it is one of all.
watch stdbuf -o 200 "$letra" sample "$model" --count "$count" -n "$length" --seed 1 --threads 1
row 'seconds' "$(seconds_watched)"
row 'characters a second, first tenth' "$((count * $(speed_between 1 $((length / 10)))))"
row 'characters a second, last tenth' "$((count * $(speed_between $((length * 9 / 10)) $((length - 200)))))"
judge_memory $((count * length * 2 / 1024 + 1024))
separators=$(grep -c -x -e --- "$scratch/output" || true)
((separators == count - 1)) || fail "$separators lines between samples, and there should be $((count - 1))"
characters=$(wc -m <"$scratch/output")
((characters >= count * length)) || fail "$characters characters, and there should be $((count * length))"

echo
echo "one sample of $long characters"
watch "$letra" sample "$model" -n "$long" --seed 1 --threads 1
row 'seconds' "$(seconds_watched)"
row 'characters a second, first tenth' "$(speed_between 1 $((long / 10)))"
row 'characters a second, last tenth' "$(speed_between $((long * 9 / 10)) $((long - 4096)))"
judge_memory 1024
characters=$(wc -m <"$scratch/output")
((characters == long || characters == long + 1)) || fail "$characters characters, and there should be $long"
