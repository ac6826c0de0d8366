#!/usr/bin/env bash
# A million prompts through the filter that letra repl is where standard input is no terminal.
#
#     LETRA=./letra tests/load/prompts.sh [COUNT]      (make load)
#
# COUNT: prompts; 1000000 unless given. Each is answered on one line that begins with it. Memory may grow by 1 MB, which
# is two bytes leaked a prompt.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

count=${1:-1000000}
folder=$(dirname "$0")/../..
model=$folder/models/letra-english.safetensors

# Two to five words of the text that the model knows.
awk -v count="$count" '
    { for (k = 1; k <= NF; k++) words[total++] = $k }
    END {
        for (k = 0; k < count; k++) {
            prompt = words[(7 * k) % total]
            for (j = 0; j <= k % 4; j++) prompt = prompt " " words[(7 * k + 3 * j + 1) % total]
            print prompt
        }
    }' "$folder/corpora/english.txt" >"$scratch/prompts"

echo "$count prompts"
# shellcheck disable=SC2016 # the inner shell expands these
watch bash -c 'exec "$0" repl "$1" --length 12 --stop "$2" --seed 1 --threads 1 <"$3"' \
    "$letra" "$model" $'\n' "$scratch/prompts"
bytes=$(stat -c %s "$scratch/output")
seconds=$(seconds_watched)
row 'seconds' "$seconds"
row 'prompts a second' "$((count / (seconds > 0 ? seconds : 1)))"
row 'characters a second, first tenth' "$(speed_between 1 $((bytes / 10)))"
row 'characters a second, last tenth' "$(speed_between $((bytes * 9 / 10)) $((bytes - 4096)))"
judge_memory 1024
[[ ! -s $scratch/errors ]] || fail "standard error: $(head -n 5 "$scratch/errors")"
# Line by line, the prompt and then the answer.
awk -v answers="$scratch/output" '
    { if ((getline answer <answers) <= 0 || index(answer, $0) != 1) { print "line " NR ": " $0; exit 1 } }
    END { if ((getline answer <answers) > 0) print "more lines than prompts" }' "$scratch/prompts" >"$scratch/wrong" ||
    true
[[ ! -s $scratch/wrong ]] || fail "not answered: $(cat "$scratch/wrong")"
