#!/usr/bin/env bats
# letra train --resume, and what is interrupted and killed before it.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text >text.txt
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR/text.txt" .
}

# train ARGUMENT...: trains a small network on text.txt
train() {
    letra train text.txt -o model.safetensors "${small[@]}" "$@"
}

# until_file_says FILE WORDS: waits until the words are in the file
until_file_says() {
    until_true grep -q -s -e "$2" "$1" || complain "$1 says:" "$(cat "$1")"
}

@test "--resume does not go on with another unit" {
    printf 'ñandú, café, mañana: %.0s' $(seq 1 100) >text.txt
    train --epochs 1 --unit byte -q
    cp model.checkpoint.safetensors before
    train --epochs 2 --resume
    ends 1 "model.checkpoint.safetensors was trained with --unit byte, but char is asked for; give --unit byte"
    train --epochs 1 -q
    train --epochs 2 --resume --unit byte
    ends 1 "was trained with --unit char, but byte is asked for"
}

@test "--resume of a finished run whose model is gone makes the model again" {
    train --epochs 1 -q
    rm model.safetensors
    train --epochs 1 --resume
    ends 0 "model.safetensors"
    "$LETRA" show model.safetensors >/dev/null
}

@test "--resume: afresh, finished, and with a larger bound" {
    train --epochs 1 --resume
    ends 0 "there is no checkpoint of it to resume from: starting afresh"
    train --epochs 1 --resume
    ends 0 "The run of model.safetensors is finished" "nothing is left to do"
    train --epochs 2 --resume
    ends 0 "going on from step "
    [[ $stderr != *"will be replaced"* ]] || complain 'nothing is replaced'
    [ "$(shown model.safetensors steps)" -gt 0 ]
}

# windows_are STREAMS UNITS: of the model
windows_are() {
    [ "$(shown model.safetensors batch_size) $(shown model.safetensors seq_length)" = "$1 $2" ] ||
        complain "the model's windows are others than $1 of $2"
}

@test "--resume keeps the windows that were chosen, though a longer run would have others" {
    network=(--layers 1 --hidden 16)
    for _ in $(seq 8); do cat text.txt; done >long.txt
    letra train long.txt -o model.safetensors "${network[@]}" --epochs 0.5 -q
    windows_are 64 16
    letra train long.txt -o model.safetensors "${network[@]}" --epochs 1 --resume
    ends 0 "going on from step "
    windows_are 64 16
    letra train long.txt -o model.safetensors "${network[@]}" --epochs 1 --resume --batch-size 16
    ends 1 "was trained with --batch-size 64, but 16 is asked for; give --batch-size 64"
    rm model.*
    letra train long.txt -o model.safetensors "${network[@]}" --epochs 1 -q
    windows_are 16 64
    letra train long.txt -o model.safetensors "${network[@]}" --epochs 0.5 --batch-size 8 -q
    windows_are 8 64
}

# run_of FILE: which run it is of
run_of() {
    "$LETRA" show "$1" | sed -n 's/^  run  *\([0-9a-f]\{16\}\)$/\1/p'
}

@test "each run has a number of its own, which model and checkpoint carry; --resume keeps it" {
    train --epochs 0.5 -q
    local first
    first=$(run_of model.safetensors)
    [ -n "$first" ]
    [ "$(run_of model.checkpoint.safetensors)" = "$first" ]
    train --epochs 1 -q --resume
    [ "$(run_of model.safetensors)" = "$first" ]
    [ "$(run_of model.checkpoint.safetensors)" = "$first" ]
    train --epochs 0.5 -q
    [ "$(run_of model.safetensors)" != "$first" ]
    [ "$(run_of model.checkpoint.safetensors)" = "$(run_of model.safetensors)" ]
}

@test "--resume beside a model of another run says so, and is not finished before its own is there" {
    train --epochs 1 -q
    cp model.checkpoint.safetensors old
    train --epochs 0.5 -q
    cp old model.checkpoint.safetensors
    train --epochs 1 --resume
    ends 0 "going on from step " "(what is there now is not of this run and will be replaced by the first save)"
    [ "$(run_of model.safetensors)" = "$(run_of old)" ]
    train --epochs 1 --resume
    ends 0 "nothing is left to do"
}

@test "a run that is killed over an older one goes on, not the older one" {
    train --epochs 1 -q --seed 2
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 100000 --seed 2 2>messages 3>&- &
    local pid=$!
    until_file_says messages "val [0-9]"
    kill -KILL $pid
    wait $pid || true
    [ "$(run_of model.checkpoint.safetensors)" = "$(run_of model.safetensors)" ]
    train --epochs 1 --seed 2 --resume
    ends 0 "going on from step "
    [[ $stderr != *"nothing is left to do"* ]] || complain 'the older run was taken'
}

# interrupt SIGNAL STATUS: sends it to a run that has begun
interrupt() {
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 100000 2>messages 3>&- &
    local pid=$!
    until_file_says messages "epoch "
    kill "-$1" $pid
    status=0
    wait $pid || status=$?
    output='' stderr=$(cat messages)
    ends "$2" "interrupted at step " "saved model.safetensors and model.checkpoint.safetensors" "it goes on with" \
        "train --resume text.txt -o model.safetensors"
    [ -s model.safetensors ]
    [ -s model.checkpoint.safetensors ]
}

@test "SIGINT finishes the step, saves, says how to go on, and ends with 130; that command goes on" {
    interrupt INT 130
    local command
    command=$(tail -n 1 messages)
    run --separate-stderr timeout -s INT 3 bash -c "exec $command"
    [[ $stderr == *"going on from step "* ]] || complain 'it did not go on'
}

@test "SIGTERM does the same and ends with 143" {
    interrupt TERM 143
}

@test "a run whose text came through a pipe is told to give it again" {
    "$LETRA" train - -o model.safetensors "${small[@]}" --epochs 100000 <text.txt 2>messages 3>&- &
    local pid=$!
    until_file_says messages "epoch "
    kill -INT $pid
    wait $pid || true
    grep -q '^it goes on with (the same text on standard input again)$' messages
    tail -n 1 messages | grep -q 'train --resume - -o model.safetensors'
}

@test "a second SIGINT ends at once" {
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 100000 2>messages 3>&- &
    local pid=$!
    until_file_says messages "epoch "
    kill -STOP $pid
    kill -INT $pid
    kill -TERM $pid
    kill -CONT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ] || [ "$status" -eq 143 ]
    run ! grep -q "interrupted at step" messages
    train --epochs 0.2 -q # what was being written at that moment, and the lock, go with the next run
    ends 0
    [ -z "$(find . -name '.*' -type f)" ]
}

# digest_of FILE: of the text that it was trained on
digest_of() {
    "$LETRA" show "$1" | sed -n 's/.*digest \([0-9a-f]\{16\}\)$/\1/p'
}

@test "--resume of a text that was changed says so, with both digests; --force goes on with it, and says so" {
    train --epochs 1 -q
    local before after
    before=$(digest_of model.checkpoint.safetensors)
    sed -i 's/lazy/mazy/' text.txt
    train --epochs 2 --resume
    ends 1 "model.checkpoint.safetensors was trained on another text (or the text was changed since)" \
        "its digest is $before, that of the text is " "give --force to go on with this one"
    [ "$(digest_of model.checkpoint.safetensors)" = "$before" ]
    train --epochs 2 --resume --force
    ends 0 "text    is another one than before (--force): it is read from its beginning on" "going on from step "
    after=$(digest_of model.checkpoint.safetensors)
    [ "$after" != "$before" ]
    [ "$(digest_of model.safetensors)" = "$after" ]
    train --epochs 3 --resume
    ends 0 "going on from step "
    [[ $stderr != *--force* ]] || complain 'the text is the same as before'
}

@test "--force goes on with no symbol that the run does not know, nor with other sizes, nor without --resume" {
    train --epochs 1 -q
    sed '1d; s/fox/dog/' text.txt >shorter && cp shorter text.txt # x is gone: nothing is missing for that
    train --epochs 2 --resume --force
    ends 0 "going on from step "
    printf 'Ж€' >>text.txt
    train --epochs 3 --resume --force
    ends 1 "the text has 2 symbols that model.checkpoint.safetensors does not know" "--init-from"
    cp shorter text.txt
    printf 'x' >>text.txt
    train --epochs 3 --resume --force --hidden 32
    ends 1 "was trained with --hidden 16, but 32 is asked for"
    train --epochs 3 --force
    ends 2 "--force is for --resume"
}

@test "a learning rate that no network survives: five times half of it, then status 1, and an older model stays" {
    train --epochs 1 -q
    cp model.safetensors before
    local text=$BATS_TEST_DIRNAME/../../corpora/english.txt
    letra train "$text" -o model.safetensors --hidden 32 --epochs 5 --lr 1000 --log log.jsonl
    ends 1 "letra: warning: training diverged at step " \
        "going back to step 0 with half the learning rate, 500 (1 of 5 times)" \
        "with half the learning rate, 31.25 (5 of 5 times)" "It had gone back 5 times, to a learning rate of 31.25" \
        "start again with a lower --lr"
    cmp model.safetensors before
    [ "$(grep -c '"rollbacks":5}' log.jsonl)" -ge 1 ]
    letra train "$text" -o other.safetensors --hidden 32 --epochs 1 -q
    ends 0
    is_silent
}
