#!/usr/bin/env bats
# letra train --records, --separator: texts of many short texts.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    make_names >names.txt
}

# 600 names of 3 to 7 letters, sorted, with empty lines among them.
make_names() {
    local first second third
    for first in An Be Ca Du El Fi Gu Ha; do
        for second in na ro la mi ste; do
            for third in '' s n ra li tta du nne mo x bi k t zu r; do
                printf '%s%s%s\n' "$first" "$second" "$third"
            done
        done
        echo
    done
}

# train ARGUMENT...
train() {
    letra train names.txt -o model.safetensors "${small[@]}" --records "$@"
}

# digest MODEL: of its numbers and its history, without the name of the run
digest() {
    "$LETRA" show --json "$1" | grep -E 'best_val_loss|train_loss|"steps"|chars_trained'
}

@test "each line is a record: learned, split and written as one" {
    train --epochs 30 --sample-every 0
    ends 0 "records 5" " to validate, 0 to test, drawn at random"
    letra show model.safetensors
    says "  records       each line" "  border 600"
    [[ $output != *"'\\n'"* ]] || complain 'a newline is learned'
    run --separate-stderr "$LETRA" sample model.safetensors --count 50 --seed 1
    ends 0
    [ "$(wc -l <<<"$output")" -eq 50 ] || complain 'not 50 lines'
    [[ $output != *---* && $output != *' '* ]] || complain 'more than names'
    [ "$(grep -cE '^[A-H][a-z]{2,11}$' <<<"$output")" -ge 45 ] || complain 'no names'
    letra sample model.safetensors --prime Be --count 3 --seed 2
    [ "$(grep -c '^Be' <<<"$output")" -eq 3 ] || complain 'the prime does not begin each'
}

@test "sample i is the same whatever their number, and the length still bounds" {
    train --epochs 3 -q
    letra sample model.safetensors --count 20 --seed 4
    local all=$output
    letra sample model.safetensors --count 5 --seed 4
    [ "$output" = "$(head -n 5 <<<"$all")" ] || complain 'others'
    letra sample model.safetensors --count 4 --seed 4 --length 2
    [ "$(wc -L <<<"$output")" -le 2 ] || complain 'longer'
}

@test "a list that is sorted is validated on all of it" {
    train --val 0.2 --test 0.2 --epochs 20 -q
    letra eval model.safetensors names.txt --split train --json
    local train=${output#*nats_per_char\": }
    letra eval model.safetensors names.txt --split test --json
    local test=${output#*nats_per_char\": }
    awk -v train="${train%%,*}" -v test="${test%%,*}" 'BEGIN { exit !(test < train + 0.2) }' ||
        complain "train $train, test $test"
}

@test "what training measured is what eval measures" {
    train --val 0.3 --epochs 5 -q
    local best
    best=$(shown model.safetensors best_val_loss)
    letra eval model.safetensors names.txt --split val --json
    local nats=${output#*nats_per_char\": }
    awk -v best="$best" -v nats="${nats%%,*}" 'BEGIN { d = best - nats; exit !(d < 0.001 && d > -0.001) }' ||
        complain "$best in training, $nats now"
}

# interrupted ARGUMENT...: a run that gets SIGINT as soon as it has logged a line
interrupted() {
    local pid
    rm -f log
    mkfifo log
    "$LETRA" train names.txt -o model.safetensors "${small[@]}" --records --log log "$@" 2>messages 3>&- &
    pid=$!
    read -r -t 20 <>log || complain 'nothing is logged' "$(cat messages)"
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    output='' stderr=$(cat messages)
    ends 130 "interrupted at step "
}

@test "a run that was interrupted goes on exactly" {
    train --epochs 200 -q
    ends 0
    mv model.safetensors whole.safetensors
    rm model.checkpoint.safetensors
    interrupted --epochs 200
    interrupted --epochs 200 --resume
    [[ $stderr == *"going on from step "* ]] || complain 'it began anew'
    train --epochs 200 --resume
    ends 0 "going on from step "
    [ "$(digest model.safetensors)" = "$(digest whole.safetensors)" ] || complain 'another model'
}

@test "--separator: records of several lines" {
    local k
    for k in $(seq 1 120); do
        printf 'a poem of %d lines\nand its second\n\n\n' "$((k % 7))"
    done >poems.txt
    letra train poems.txt -o model.safetensors "${small[@]}" --epochs 80 --separator '\n\n+' -q
    ends 0
    letra show model.safetensors
    says '  records       \n\n+' "  border 120" "'\\n' 120"
    letra sample model.safetensors --count 2 --seed 1
    [ "$(grep -c '^---$' <<<"$output")" -eq 1 ] || complain 'nothing between them'
    letra train poems.txt -o model.safetensors "${small[@]}" --epochs 1 --separator '(?=^a poem)' -q
    letra show model.safetensors
    says "  border 120"
}

@test "files end records, and bytes and graphemes have them" {
    printf 'Zoe\nAbe' >one.txt
    printf 'Ned\nLu\n' >two.txt
    local unit
    for unit in char byte grapheme; do
        letra train one.txt two.txt names.txt -o model.safetensors "${small[@]}" --epochs 0.1 --records \
            --unit "$unit" -q
        ends 0
        letra show model.safetensors
        says "border 604"
    done
}

@test "the REPL begins a record with each line" {
    train --epochs 10 -q
    run --separate-stderr bash -c 'printf "An\nBe\n\n" | "$LETRA" repl model.safetensors'
    ends 0
    [ "${#lines[@]}" -eq 3 ] || complain 'not three names'
    [[ ${lines[0]} == An* && ${lines[1]} == Be* ]] || complain 'others'
}

@test "mistakes" {
    train --join ', '
    ends 2 "letra: --join: a file ends a record, so nothing stands between two of them"
    letra train names.txt --separator 'a('
    ends 2 $'letra: --separator \'a(\': missing closing parenthesis at offset 2 of the pattern\n    a(\n      ^'
    letra train names.txt -o model.safetensors --separator '(?s).+'
    ends 1 "letra: no record is left: --separator '(?s).+' matches all of the text"
    printf 'a%.0s' $(seq 1 5000) >long.txt
    letra train long.txt -o model.safetensors --separator '(a+)+[bc]'
    ends 1 "letra: long.txt: --separator '(a+)+[bc]': the pattern backtracks too much on this text"
    train --epochs 1 -q
    letra train names.txt -o other.safetensors --init-from model.safetensors --separator x
    ends 1 "letra: --separator: the text goes the way that the text of model.safetensors went"
    letra train names.txt -o other.safetensors --init-from model.safetensors --epochs 1 --records -q
    ends 0
    letra sample model.safetensors --prime $'An\n'
    ends 1 "letra: --prime: the model does not know '\\n' (U+000A)"
}
