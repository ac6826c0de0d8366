#!/usr/bin/env bats
# letra train -q: nothing but warnings and errors, whatever happens.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    make_text >text.txt
}

@test "no previews, though they were asked for" {
    letra train text.txt -o model.safetensors "${small[@]}" --epochs 0.5 --sample-every 0.001s
    ends 0 "--- preview ---"
    letra train text.txt -o model.safetensors "${small[@]}" --epochs 0.5 --sample-every 0.001s -q
    ends 0
    is_silent
}

@test "an interrupted run saves without a word; its status tells" {
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 100000 -q --log log.jsonl 2>messages 3>&- &
    local pid=$!
    until_true test -s log.jsonl
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    [ ! -s messages ] || complain "it said: $(cat messages)"
    [ -s model.safetensors ]
    [ -s model.checkpoint.safetensors ]
}

@test "warnings are printed" {
    letra train text.txt -o model.safetensors "${small[@]}" --epochs 0.2 --val 0.00001 -q
    ends 0 "letra: warning: the validation part has under 2 characters"
}
