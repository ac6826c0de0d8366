#!/usr/bin/env bash
# Runs the fuzzers (tests/fuzz/fuzz_*.c), each for so many seconds, from seeds that are made here and from what
# earlier runs found. `make fuzz` calls it.
#
#     LETRA=build/fuzz/letra SECONDS_EACH=60 [SEED=1] tests/fuzz/run.sh PROGRAM...
#
# For fuzz_NAME: seed_NAME below makes its seeds, tests/fuzz/NAME.dict has its words, and what it finds is kept under
# build/fuzz/found/NAME. What ends a program is left as build/fuzz/NAME-crash-*, and given to the program it happens
# again. With SEED, the first seconds of a search are the same each time: what CI finds, the one who changed it finds.
# shellcheck disable=SC2016,SC2317 # seeds hold dollars; what makes them is called by name
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../.." && pwd)/build/fuzz
# In memory, if there is a folder for that: models are saved there thousands of times, each flushed to the disk.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What asks for more memory than there is must fail as it does without the sanitizer.
export ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# Models as small as can be, of characters and of bytes, and their checkpoints.
seed_model() {
    local small=(--layers 1 --hidden 2 --embed 1 --seq-length 4 --batch-size 2 --threads 1 --epochs 1 -q)
    printf 'abab cabab\nñ%.0s' 1 2 3 4 5 >"$scratch/text.txt"
    "$LETRA" train "$scratch/text.txt" -o "$1/char.safetensors" "${small[@]}" --replace 's/c/é/g'
    "$LETRA" train "$scratch/text.txt" -o "$1/byte.safetensors" "${small[@]}" --unit byte --replace $'s/\xff/x/g'
    # Without the checksum, too, which would keep most of what is changed from being read any further.
    local file
    for file in "$1"/*.safetensors; do
        LC_ALL=C sed 's/"checksum":/"Checksum":/' "$file" >"$file.unchecked"
    done
}

# The unit and the kind of a rule, what it says, a newline, a text.
seed_text() {
    printf ' s/a/b/g\nabab' >"$1/plain"
    printf ' s/(?<n>\\p{L}+) (\\w)/\\U${n}\\E-$2/gi\nEl ni\xcc\x83o toma' >"$1/groups"
    printf ' s/e/e\xcc\x81/\ne\xcc\x81e \xe6\xbc\xa2\xe1\x84\x80\xe1\x85\xa1' >"$1/normal"
    printf ' s/e/e${1:-\\x{11ffff}}/\ne' >"$1/escape"
    printf '!s/\xff\\n/$0$0/gs\n\xff\n\x00' >"$1/bytes"
    printf ' s/\xff\n\xed\xa0\x80' >"$1/invalid"
    printf '"^#|(?i)\xc3\x89\n# a\ncaf\xc3\xa9\r\nb' >"$1/drop"
    printf '%%\xff$\n\xff\r\na\xff' >"$1/keep"
    printf '&^-+\\R\\K\nhead\n---\nbody' >"$1/from"
    printf '*\\n+\na\n\nb\n' >"$1/records"
    printf '*(?=^c)\ncaf\xc3\xa9\nc\n' >"$1/ahead"
    printf '((?=^-+$)\nbody\n---\ntail' >"$1/to"
}

# Six bytes that choose, and a text.
seed_reading() {
    printf '\0\0\0\0\7\377caf\xc3\xa9 e\xcc\x81\r\nabab \xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2' >"$1/plain"
    printf '\2\1\1\1\5\200\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 ' >"$1/graphemes"
    printf '\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8' >>"$1/graphemes"
    printf '\2\2\22\2\1\100\xef\xbb\xbfa\xff\xe6\xbc\xa2\xe6\xcc\x81\xe6\xbc\xa2 \xd8\x80b' >"$1/invalid"
    printf '\0\3\12\3\3\377\xc3\x9f \xef\xac\x83 \xc4\xb0\xcd\x85\xcc\xa3' >"$1/folded"
    printf '\1\0\0\0\2\100\0\xff\r\n' >"$1/bytes"
    printf '\0\0\0\14\1\200a b\n\xc3\xa9 c\r\nfa\n\nxyz\ne\xcc\x81' >"$1/lines"
    printf '\0\0\0\24\1\200a b\n\n\xc3\xa9 c\r\n\r\nfa\rxyz' >"$1/records"
}

failed=0
for program in "$@"; do
    name=${program##*/fuzz_}
    mkdir -p "$scratch/$name" "$out/found/$name"
    "seed_$name" "$scratch/$name"
    log=$out/$name.log
    echo "$program: $SECONDS_EACH s"
    if ! TMPDIR=$scratch "$program" -max_total_time="$SECONDS_EACH" -seed="${SEED:-0}" -timeout=60 \
        -rss_limit_mb=3000 -max_len=16384 -dict="$here/$name.dict" -artifact_prefix="$out/$name-" \
        "$out/found/$name" "$scratch/$name" >"$log" 2>&1; then
        failed=1
        grep -v '^#[0-9]' "$log" | tail -n 60
    fi
    tail -n 1 "$log"
done
exit $failed
