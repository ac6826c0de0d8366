#!/usr/bin/env bats
# What fails in the middle: every write, fsync, rename, open, close, mkdir, unlink, read, thread and allocation in turn
# (tests/faults/faults.c). Whatever it is, the program ends with 0 or 1 and says why, and what is on the disk is whole.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text | head -c 3000 | iconv -c -f UTF-8 -t UTF-8 >text.txt
    "$LETRA" train text.txt -o old.safetensors "${tiny[@]}" --seed 2
    "$LETRA" show --json old.safetensors | sed -n '/^  "symbols": \[/,/^  \]/p' | sed '1s/.*/[/; $s/.*/]/' >vocab.json
}

setup() {
    [ -n "${FAULTS:-}" ] || skip 'FAULTS is not set: faults and sanitizers do not go together'
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR"/* .
    sed 's/fox/dog/g' text.txt >new.txt
}

# A run of some 20 ms, with checkpoints and validations.
tiny=(--layers 1 --hidden 4 --embed 2 --seq-length 8 --batch-size 4 --threads 1 --epochs 4 --checkpoint-every 0.01s -q)

# faulty CALL AT ERRNO COMMAND...: runs letra with that fault; $status, $stderr and $count (of such calls) are there
faulty() {
    local call=$1 at=$2 number=$3
    shift 3
    status=0
    FAULT_CALL=$call FAULT_AT=$at FAULT_ERRNO=$number FAULT_COUNT=$BATS_FILE_TMPDIR/../count \
        timeout 60 env LD_PRELOAD="$FAULTS" "$LETRA" "$@" >said 2>messages || status=$?
    stderr=$(<messages)
    output="fault: $call $at with errno $number, letra $*"
    count=$(<"$BATS_FILE_TMPDIR/../count")
    ((status == 0 || status == 1)) || complain 'it crashed, or did not end'
    ((status == 0)) || [[ $stderr == *"letra: "* ]] || complain 'it does not say why it failed'
}

# is_whole CALL: what is there is a model, and nothing else is left
is_whole() {
    local file hidden
    for file in m.safetensors m.checkpoint.safetensors models/*.safetensors; do
        [ ! -e "$file" ] || "$LETRA" show "$file" >shown || complain "$file is no model any more"
        [ ! -e "$file" ] || grep -q '^  checksum  *holds$' shown || complain "$file has no checksum"
    done
    hidden=$(find . -name '.*' -type f)
    [ -z "$hidden" ] || [ "$1" = unlink ] || complain "left over: $hidden" # what cannot be removed stays
}

# train_with CALL AT ERRNO ARGUMENT...: trains over an old model, which is whole if the new one is not there
train_with() {
    local call=$1 at=$2 number=$3
    shift 3
    rm -rf m.* .m.* .letra-* models
    cp old.safetensors m.safetensors
    cp old.checkpoint.safetensors m.checkpoint.safetensors
    faulty "$call" "$at" "$number" train text.txt "${tiny[@]}" "$@"
    is_whole "$call"
    [[ $status != 0 || $* != *"-o m."* || $* == *--resume* ]] || ! cmp -s m.safetensors old.safetensors ||
        complain 'the model is the old one'
}

# import_with CALL AT ERRNO: imports over an old model
import_with() {
    rm -f m.* .m.*
    cp old.safetensors m.safetensors
    faulty "$@" import old.safetensors --vocab vocab.json -o m.safetensors
    is_whole "$1"
    [ $status = 0 ] || cmp m.safetensors old.safetensors || complain 'the old model is gone'
}

# clean_with CALL AT ERRNO: writes a cleaned text over an old one
clean_with() {
    echo old >cleaned.txt
    faulty "$@" corpus text.txt --threads 1 --replace 's/fox/dog/g' -o cleaned.txt
    cmp -s cleaned.txt new.txt || { [ $status != 0 ] && [ "$(<cleaned.txt)" = old ]; } ||
        complain 'it is neither the new text nor, after a failure, the old one'
    [ -z "$(find . -name '.*' -type f)" ] || complain 'left over'
}

# every CALL ERRNO COMMAND...: the command with each fault in turn, until there is none any more: COMMAND CALL AT ERRNO
every() {
    local call=$1 number=$2 at=0
    shift 2
    count=0
    while ((count >= at)); do
        at=$((at + 1))
        "$1" "$call" $at "$number" "${@:2}"
    done
    ((at > 1)) || complain "no $call at all"
}

# some MOST COMMAND...: the command with so many of its allocations failing, spread evenly
some() {
    local most=$1 k all
    shift
    "$1" allocate 0 12 "${@:2}"
    ((status == 0)) || complain 'without a fault it fails'
    all=$count
    for ((k = 0; k < most; k++)); do
        "$1" allocate $((1 + k * all / most)) 12 "${@:2}"
    done
    echo "# $* [$most of $all allocations]" >&3
}

@test "train: every write, with a full disk, and cut short" {
    every write 28 train_with -o m.safetensors --log log
    every write short train_with -o m.safetensors --log log
}

@test "train: every fsync, close and rename" {
    every fsync 5 train_with -o m.safetensors
    every close 5 train_with -o m.safetensors
    every rename 30 train_with -o m.safetensors
}

@test "train: everything that is opened, read or removed, every folder and thread" {
    every open 24 train_with -o m.safetensors --log log
    every unlink 30 train_with -o m.safetensors
    every mkdir 30 train_with
    every thread 11 train_with -o m.safetensors
    every read 5 train_with -o m.safetensors --resume
}

@test "train: a disk that stays full is said, and what was there is there" {
    local at
    for at in 1 3 5; do
        FAULT_FOREVER=1 train_with write $at 28 -o m.safetensors
        ends 1 "could not be saved; training goes on: cannot write m." "No space left on device" \
            "the end of the run could not be saved: " "this is tried again for 1 seconds" \
            "nor could the checkpoint be saved"
        [ "$(grep -c 'training goes on' messages)" -le 2 ] || complain 'it says it again and again'
    done
}

@test "import and corpus -o: every call" {
    local call
    for call in write fsync rename close; do
        every $call 5 import_with
        every $call 5 clean_with
    done
}

@test "allocations of train, import and corpus -o" {
    some 100 train_with -o m.safetensors
    some 40 import_with
    some 40 clean_with
}

@test "allocations of sample, eval and show" {
    some 40 faulty sample old.safetensors -n 30 --seed 1 --threads 1 --match '[a-z ]+'
    some 40 faulty eval old.safetensors text.txt --threads 1
    some 40 faulty show old.safetensors
}
