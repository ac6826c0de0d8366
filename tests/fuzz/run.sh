#!/usr/bin/env bash
# Runs the fuzzers (tests/fuzz/fuzz_*.c), each for so many seconds and as many at a time as there are processors, from
# seeds that are made here and from what earlier runs found. `make fuzz` calls it.
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

# What the pattern is for: to match, forbid, stop; of characters, bytes. The pattern, a newline, a text.
seed_pattern() {
    printf ' [ab]+(?: c|\\d{1,3})?\naab 1' >"$1/match"
    printf ' (?i)(caf\xc3\xa9|\xe6\xbc\xa2|\\p{L}\\b)+$\naB c\xc3\xa9\xe6\xbc\xa2' >"$1/unicode"
    printf ' (?m)^a(?<=a)[^b]*?-\nab-\na' >"$1/lines"
    printf '!(?:\\xff|a)\\x00*\naa\xff\x00' >"$1/bytes"
    printf '"b{2,}|(?<!a)c\nabcab' >"$1/forbid"
    printf '"\\bab\\b| $\nab cab' >"$1/words"
    printf '#\xc3|[^a-b]\nab\xe9' >"$1/forbid_bytes"
    printf '$(?s)a.+?b(?=c)|\\n\\n\naab c1\n\n' >"$1/stop"
    printf '%%\xff+\\s\\K\na\xff\xff ' >"$1/stop_bytes"
    printf ' m^(?)\na' >"$1/options_end"
}

# What is typed; a NUL; a file that can be loaded.
seed_repl() {
    printf 'ab\n\n/more\n/retry\n/undo\n/transcript\nabc\\\nb\\\\\n/reset\n' >"$1/turns"
    printf '/temp 0.7\n/top-k 3\n/top-p .9\n/min-p 0.1\n/repeat-penalty 1.3\n/settings\n/len 3\na\n' >"$1/numbers"
    printf '/stop b\n/stop \\n\na\n/stop off\n/stop-regex [bc]$\na\n/stop-regex off\n' >"$1/stops"
    printf '/match a+b?\n/forbid cc\na\n' >"$1/patterns"
    printf '/branch other\na\n/branch\n/switch main\nb\n/eval abc\n/surprise on\na\n' >"$1/branches"
    printf '/precision f32\n/unknown skip\nax\n' >"$1/unknown"
    printf 'a\n/save t\nb\n/load t\n/undo\n/model m\n/load m\n/choose\n1\n\nab\n\\3\n/done\n' >"$1/files"
    printf '/greedy\n/until-end\n/seed 9007199254740991\n/seed\n\\/help\n/help\n/t\n/quit\n' >"$1/shortcuts"
}

seed_transcript() {
    "$here/../../build/fuzz/tests/fuzz/fuzz_transcript" --write-seed="$1/whole" >/dev/null 2>&1
}

# The step of the checkpoint in two bytes, the lower one first; the log.
seed_log() {
    printf '\2\0{"step":1,"epoch":0.1}\n{"step":2,"lr":1e-3}\n{"step":3}\n{"step":4' >"$1/later"
    printf '\377\1note\n\n{"step":18446744073709551616}\n{"step":511.5}\n[1]\n' >"$1/others"
}

# state_dict LAYERS: a file for LSTM layers of one unit, an embedding of one number and two symbols.
state_dict() {
    local header='{"__metadata__":{"format":"pt"}' at=0 row layer
    local rows=("emb.weight:2,1" "fc.bias:2" "fc.weight:2,1")
    for ((layer = 0; layer < $1; layer++)); do
        rows+=("rnn.weight_ih_l$layer:4,1" "rnn.weight_hh_l$layer:4,1")
        rows+=("rnn.bias_ih_l$layer:4" "rnn.bias_hh_l$layer:4")
    done
    for row in "${rows[@]}"; do
        local shape=${row#*:}
        header+=",\"${row%:*}\":{\"dtype\":\"F32\",\"shape\":[$shape],"
        header+="\"data_offsets\":[$at,$((at += 4 * ${shape%,*}))]}"
    done
    header+='}'
    # shellcheck disable=SC2059 # the length's lower bytes are escapes
    printf "\\x$(printf %x $((${#header} % 256)))\\x$(printf %x $((${#header} / 256)))\\0\\0\\0\\0\\0\\0"
    printf %s "$header"
    head -c "$at" /dev/zero
}

# The vocabulary; a NUL; the state dict.
seed_import() {
    { printf '["a","\xe6\xbc\xa2"]\0' && state_dict 1; } >"$1/array"
    { printf '{"b":1,"\xc3\xa9":0}\0' && state_dict 2; } >"$1/object"
    { printf '[255,7]\0' && state_dict 1; } >"$1/bytes"
}

# fuzz PROGRAM: says how far it came, and what it found
fuzz() {
    local name=${1##*/fuzz_} log status=0
    log=$out/$name.log
    mkdir -p "$scratch/$name" "$out/found/$name"
    "seed_$name" "$scratch/$name"
    TMPDIR=$scratch "$1" -max_total_time="$SECONDS_EACH" -seed="${SEED:-0}" -timeout=60 -rss_limit_mb=3000 \
        -max_len=16384 -dict="$here/$name.dict" -artifact_prefix="$out/$name-" \
        "$out/found/$name" "$scratch/$name" >"$log" 2>&1 || status=1
    {
        echo "$1: $(tail -n 1 "$log"); $(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)"
        if ((status != 0)); then
            echo "$1: FAILED"
            grep -v '^#[0-9]' "$log" | tail -n 60
        fi
    } >"$log.summary"
    cat "$log.summary"
    return $status
}

# As many at a time as there are processors.
echo "fuzzing, $SECONDS_EACH s each: $*"
failed=0 running=0
for program in "$@"; do
    if ((running == $(nproc))); then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz "$program" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do
    wait -n || failed=1
done
exit $failed
