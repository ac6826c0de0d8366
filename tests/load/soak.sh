#!/usr/bin/env bash
# A training run that saves a checkpoint every second, and readers that read model and checkpoint all the time.
#
#     LETRA=./letra tests/load/soak.sh [SECONDS]      (make soak SECONDS=1800)
#
# Every read must do what it is for once there has been a file: one that is half written, or gone while another takes
# its place, is a failure. Memory of the training may grow by 1 MB: a leak of 1.2 kB a save would be seen in half an
# hour.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

time=${1:-1800}
text=$(dirname "$0")/../../corpora/english.txt
models=$scratch/models
mkdir "$models"
head -c 2000 "$text" >"$scratch/some.txt"
declare -A reads=() last=() saves=()
not_yet=0

# read_fails WHAT: what a read of $file printed is not right
read_fails() {
    fail "$1 of $(basename "$file") failed after $SECONDS s:" \
        "$(tail -n 3 "$scratch/read.errors") $(tail -n 3 "$scratch/read")"
}

# look SAYS COMMAND...: runs a command of letra on $file, which must end well and print what matches. Only where there
# was no file before it began may it say so.
look() {
    local says=$1 there=
    shift
    note || true
    [[ ! -e $file ]] || there=yes
    if "$letra" "$@" >"$scratch/read" 2>"$scratch/read.errors"; then
        grep -q -E -e "$says" "$scratch/read" || read_fails "$1"
        reads[$1]=$((${reads[$1]:-0} + 1))
    elif [[ -z $there ]] && grep -q 'No such file' "$scratch/read.errors"; then
        not_yet=$((not_yet + 1))
    else
        read_fails "$1"
    fi
}

# count_save: whether $file is another than before
count_save() {
    local now
    now=$(stat -c '%i %y' "$file" 2>/dev/null) || return 0
    [[ $now == "${last[$file]:-}" ]] || saves[$file]=$((${saves[$file]:-0} + 1))
    last[$file]=$now
}

# read_once: each command on $file
read_once() {
    look '.' sample "$file" -n 200 --seed "$RANDOM" --threads 1
    [[ ! -s $scratch/read ]] || (($(wc -m <"$scratch/read") >= 200)) || read_fails sample
    look '^}$' show --json "$file"
    look '"nats_per_char": ?[0-9]' eval --json "$file" "$scratch/some.txt" --threads 1
}

start "$letra" train "$text" -o "$models/soak.safetensors" --layers 1 --hidden 64 --threads 1 --time "${time}s" \
    --checkpoint-every 1s --sample-every 5s --log "$scratch/log.jsonl"
while note; do
    for file in "$models/soak.safetensors" "$models/soak.checkpoint.safetensors"; do
        count_save
        read_once
    done
done
finish

echo "a training run of $time s with a checkpoint every second"
row 'seconds' "$(seconds_watched)"
row 'steps' "$(tail -n 1 "$scratch/log.jsonl" | sed 's/.*"step": *\([0-9]*\).*/\1/')"
row 'saves of the model seen' "${saves[$models/soak.safetensors]:-0}"
row 'saves of the checkpoint seen' "${saves[$models/soak.checkpoint.safetensors]:-0}"
for command in sample show eval; do
    row "reads with $command" "${reads[$command]:-0}"
    ((${reads[$command]:-0} > 0)) || fail "nothing was read with $command"
done
row 'reads before there was a file' "$not_yet"
row 'reads that failed' 0
judge_memory 1024
((${saves[$models/soak.checkpoint.safetensors]:-0} >= time / 10)) || fail "too few saves were seen"
rest=$(find "$models" -type f ! -name soak.safetensors ! -name soak.checkpoint.safetensors)
[[ -z $rest ]] || fail "left in the folder: $rest"
