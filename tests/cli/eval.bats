#!/usr/bin/env bats
# letra eval: the figures, the parts of the text, and what cannot be measured.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text >text.txt
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 1 --val 0.2 --test 0.1 -q
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# value KEY: of the JSON in $output
value() {
    sed -n "s/^ *\"$1\": \([-0-9.e]*\),\?\$/\1/p" <<<"$output"
}

# near A B: equal to a millionth
near() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-6 * b && b - a < 1e-6 * b) }'
}

@test "nats, bits, perplexity and how many characters" {
    letra eval model.safetensors text.txt --threads 1
    ends 0
    is_silent
    [ "${#lines[@]}" -eq 4 ]
    says "nats/char " "bits/char " "perplexity " "characters   9,901"
}

@test "--json: one object, whose figures agree with each other and with the table" {
    letra eval model.safetensors text.txt --threads 1 --json
    ends 0
    is_silent
    local nats
    nats=$(value nats_per_char)
    [ "$(value chars)" = 9901 ]
    near "$(value bits_per_char)" "$(awk -v n="$nats" 'BEGIN { printf "%.12f", n / log(2) }')"
    near "$(value perplexity)" "$(awk -v n="$nats" 'BEGIN { printf "%.12f", exp(n) }')"
    letra eval model.safetensors text.txt --threads 1
    says "$(awk -v n="$nats" 'BEGIN { printf "nats/char    %.4f", n }')"
}

@test "--split: the parts that training made, val with the loss that it found" {
    local part chars sum=0
    for part in train val test; do
        letra eval model.safetensors text.txt --threads 1 --json --split $part
        ends 0
        chars=$(value chars)
        sum=$((sum + chars + 1))
        [ $part != val ] || local nats
        [ $part != val ] || nats=$(value nats_per_char)
    done
    [ $sum -eq 9902 ]
    local best
    best=$("$LETRA" show --json model.safetensors | sed -n 's/^ *"best_val_loss": \([0-9.]*\),/\1/p')
    awk -v a="$nats" -v b="$best" 'BEGIN { exit !(a - b < 0.001 && b - a < 0.001) }'
    letra eval model.safetensors text.txt --split all --json --threads 1
    [ "$(value chars)" = 9901 ]
}

@test "a part of another text is measured with a warning" {
    head -n 100 text.txt >other.txt
    letra eval model.safetensors other.txt --threads 1 --split val
    ends 0 "letra: warning: this is not the text that the model was trained on"
    letra eval model.safetensors other.txt --threads 1
    ends 0
    is_silent
}

@test "a model of bytes: its figures are of bytes" {
    "$LETRA" train text.txt -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.1 -q
    printf 'fox jumps' >nine.txt
    letra eval bytes.safetensors nine.txt
    ends 0
    says "nats/byte " "bits/byte " "bytes        8"
}

@test "several texts, and standard input" {
    letra eval model.safetensors text.txt text.txt --json --threads 1
    [ "$(value chars)" -ge 19803 ]
    run --separate-stderr bash -c '"$LETRA" eval model.safetensors - --json --threads 1 <text.txt'
    ends 0
    [ "$(value chars)" = 9901 ]
}

@test "--threads does not change the figures" {
    head -n 10 text.txt >some.txt
    letra eval model.safetensors some.txt --json --threads 1
    local one=$output
    letra eval model.safetensors some.txt --json --threads 2
    [ "$output" = "$one" ]
}

@test "characters that the model does not know: named with their place and number, or skipped" {
    printf 'The fox\nthe ж and the жж\n' >strange.txt
    letra eval model.safetensors strange.txt --threads 1
    ends 1 "strange.txt" "line 2" "U+0436" "3" "--unknown skip"
    [ -z "$output" ]
    letra eval model.safetensors strange.txt --threads 1 --unknown skip --json
    ends 0 "left out 3 characters"
    [ "$(value chars)" = 21 ]
    letra eval model.safetensors strange.txt --threads 1 --unknown error
    ends 1
}

@test "too little to measure" {
    printf T >one.txt
    letra eval model.safetensors one.txt
    ends 1 "the part 'all' of the text has 1 character; at least 2"
    printf 'The' >three.txt
    letra eval model.safetensors three.txt --split test
    ends 1 "the part 'test' of the text has 0 characters; at least 2 are needed"
}

@test "a standard output that is full is an error" {
    run --separate-stderr bash -c '"$LETRA" eval model.safetensors text.txt --threads 1 >/dev/full'
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c '"$LETRA" eval --json model.safetensors text.txt --threads 1 >/dev/full'
    ends 1 "could not write to standard output"
    run --separate-stderr bash -c 'set -o pipefail; "$LETRA" eval model.safetensors text.txt --threads 1 | true'
    ends 0
    is_silent
}
