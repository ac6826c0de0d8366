#!/usr/bin/env bats
# letra sample --format jsonl: an object for each sample, whose figures are those that eval finds.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model model.safetensors
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    model=$BATS_FILE_TMPDIR/model.safetensors
}

# objects ARGUMENT...: samples as objects, of the seed 1
objects() {
    letra sample "$model" --threads 1 --seed 1 --format jsonl "$@"
}

# value KEY [LINE]: of an object in $output, if that is no string, array or object
value() {
    sed -n "${2:-1}s/.*\"$1\":\([^],}\"[]*\)[,}].*/\1/p" <<<"$output"
}

# near A B: equal to a hundred thousandth
near() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(a != 0 && d * d < 1e-10 * b * b) }' ||
        complain "$1 is not $2"
}

@test "an object a line, in order: the texts are those of --format text" {
    objects --prime 'The ' --length 30 --count 3 --no-echo
    ends 0
    is_silent
    [ "${#lines[@]}" -eq 3 ]
    local k text
    "$LETRA" sample "$model" --threads 1 --seed 1 --prime 'The ' --length 30 --count 3 --no-echo >texts
    for k in 1 2 3; do
        [ "$(value index "$k")" = $((k - 1)) ]
        [ "$(value seed "$k")" = 1 ]
        [[ ${lines[k - 1]} == '{"index":'*'"prime":null,"text":"'*'"end":"length","stop":null,'*'}' ]]
        text=$(sed 's/.*"text":"//; s/","symbols":.*//' <<<"${lines[k - 1]}")
        printf '%b' "$text" >text
        [ "$(cat text)" = "$(awk -v k=$k -v RS='---\n' 'NR == k' texts)" ] || complain "text $k is another"
    done
}

@test "log-probabilities are those of eval, however the text was drawn" {
    objects --prime T --length 200 --precision f32 --temperature 0.7 --top-k 5
    ends 0
    local nats
    printf 'T%b' "$(sed 's/.*"text":"//; s/","symbols":.*//' <<<"$output")" >text
    nats=$("$LETRA" eval "$model" text --threads 1 --json | sed -n 's/^ *"nats_per_char": \([-0-9.e]*\),\?$/\1/p')
    near "$(value log_probability)" "$(awk -v n="$nats" 'BEGIN { print -200 * n }')"
    local each=${output#*'"log_probabilities":['}
    each=$(tr , '\n' <<<"${each%%]*}" | awk '{ sum += $1 } END { if (NR == 200) print sum }')
    near "$(value log_probability)" "$each"
}

@test "why it ended, which stop text came, and the settings in effect" {
    objects --prime 'The ' --until-end --stop 'never in it' --stop $'\n'
    ends 0
    says '"prime":"The ",' '"end":"stop","stop":"\n",' "\"model\":\"$model\"" '"settings":{"length":null,' \
        '"until_end":true,"temperature":1.0,' '"seed":1,"stop":["never in it","\n"],' '"precision":"'
    [ "$(value precision)" != auto ]
    run ! grep -q '"threads"\|"prime_file"\|"no_echo"\|"format"\|"count"' <<<"$output"
    objects --length 0 --greedy
    says '"temperature":0.0,' '"greedy":true,'
    says '"text":"","symbols":[],"log_probabilities":[],"log_probability":0.0,"end":"length"'
    letra sample "$model" --format jsonl --length 1 --precision f32
    ends 0 'seed '
    says '"temperature":1.0,' "\"seed\":${stderr#seed }," '"precision":"f32"'
    [ "$(value seed)" = "${stderr#seed }" ]
}

@test "patterns: what they came to is in an object, whatever the exit status is" {
    objects --prime 'The ' --match '[a-z]{3,5} fox'
    ends 0
    says '"end":"pattern","stop":null,' '"match":"[a-z]{3,5} fox"'
    objects --prime 'The ' --match '[a-z]{30}x' --length 5 --count 2
    ends 1 'letra: '
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[1]} == *'"end":"incomplete"'* ]] || complain 'the second text is missing'
    objects --prime 'The ' --until-end --stop-regex '[aeiou][a-z]'
    ends 0
    [[ $output =~ '"end":"stop","stop":"'[aeiou][a-z]'",' ]] || complain 'no stop'
}

@test "records: their end is the last symbol" {
    printf 'Ann\nBob\nEve\n%.0s' $(seq 1 40) >names
    "$LETRA" train names -o names.safetensors "${small[@]}" --records --epochs 3 -q
    model=$PWD/names.safetensors
    objects --count 20 --length 500
    ends 0
    [ "${#lines[@]}" -eq 20 ]
    [ "$(grep -c '""\],"log_probabilities":.*"end":"record"' <<<"$output")" -ge 15 ]
}

@test "bytes that are no UTF-8 are numbers; control characters are escaped, so that no terminal obeys them" {
    printf 'ab\xff\xc3%.0s' $(seq 1 60) >raw
    "$LETRA" train raw -o raw.safetensors "${small[@]}" --unit byte --epochs 0.2 -q
    model=$PWD/raw.safetensors
    objects --prime $'a\xff' --length 100
    ends 0
    says '"prime":[97,255],"text":[' '"symbols":['
    objects --prime ab --length 0
    says '"prime":"ab","text":""'
    printf 'a\e[b\x7f\u009bc\n%.0s' $(seq 1 60) >controls
    "$LETRA" train controls -o controls.safetensors "${small[@]}" --epochs 0.2 -q
    model=$PWD/controls.safetensors
    objects --prime $'a\e\x7f\u009bc' --length 0
    says '"prime":"a\u001B\u007F\u009Bc"'
    run bash -c '"$LETRA" show --json "$1" | LC_ALL=C tr -d "\n -~" | od -An -tx1' x "$model"
    [ -z "$output" ] || complain 'raw control characters'
}

@test "objects come out as soon as they are done, and an interrupted one is whole" {
    "$LETRA" sample "$model" --threads 1 --format jsonl --until-end --stop 'never in it' --seed 1 >out 3>&- &
    local pid=$!
    sleep 0.5
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    [ "$(wc -l <out)" -eq 1 ]
    grep -q '^{"index":0,.*"end":"interrupted","stop":null,.*"precision":"[a-z0-9]*","unknown":"error"}}$' out
}

@test "what is wrong with --format and with where it goes" {
    letra sample "$model" --format jsno
    ends 2 "--format: unknown format 'jsno'; did you mean"
    letra sample "$model" --format json
    ends 2 "did you mean 'jsonl'?"
    run --separate-stderr bash -c '"$LETRA" sample "$1" -n 100 --format jsonl --seed 1 >/dev/full' x "$model"
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c 'set -o pipefail
        timeout 20 "$LETRA" sample "$1" -n 100 --count 1000 --format jsonl --seed 1 | head -c 100' x "$model"
    ends 0
    is_silent
}
