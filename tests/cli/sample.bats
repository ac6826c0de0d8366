#!/usr/bin/env bats
# letra sample: what is written, and where it goes.
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

# sample FILE ARGUMENT...: what it writes, to the byte, into FILE; standard error into messages
sample() {
    local file=$1
    shift
    status=0
    "$LETRA" sample "$model" --threads 1 "$@" >"$file" 2>messages || status=$?
    output=$(cat "$file") stderr=$(cat messages)
    [ "$status" -eq 0 ] || complain 'expected status 0'
}

characters() {
    LC_ALL=C.UTF-8 wc -m <"$1"
}

@test "a thousand characters and a newline, and the seed on standard error" {
    sample out
    [[ $stderr =~ ^seed\ [0-9]+$ ]] || complain 'no seed'
    [ "$(characters out)" -eq 1000 ] || [ "$(characters out)" -eq 1001 ]
    [ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]
}

@test "the same seed writes the same text, another another, and what was printed is the seed" {
    sample a --seed 7
    is_silent
    sample b --seed 7
    cmp a b
    sample c --seed 8
    run ! cmp a c
    sample d
    local seed=${stderr#seed }
    sample e --seed "$seed"
    cmp d e
}

@test "--precision: all of them write, each always the same; auto is what training found" {
    local precision found
    for precision in f32 bf16 int8; do
        sample "$precision" --seed 7 -n 300 --precision "$precision"
        sample again --seed 7 -n 300 --precision "$precision" --count 3
        head -c "$(wc -c <"$precision")" again | cmp - "$precision"
    done
    found=$("$LETRA" show --json "$model" | sed -n 's/.*"sampling_precision": "\([a-z0-9]*\)".*/\1/p')
    [[ $found =~ ^(f32|bf16|int8)$ ]] || complain "found '$found'"
    sample auto --seed 7 -n 300 --precision auto
    cmp auto "$found"
    sample default --seed 7 -n 300
    cmp default "$found"
}

@test "--precision auto: f32 where there was nothing to validate with" {
    "$LETRA" train "$BATS_FILE_TMPDIR/text.txt" -o unvalidated.safetensors "${small[@]}" --epochs 0.2 --val 0 -q
    "$LETRA" show unvalidated.safetensors >shown
    grep -q 'writes in  *f32' shown
    model=unvalidated.safetensors
    sample auto --seed 7 -n 100
    sample f32 --seed 7 -n 100 --precision f32
    cmp auto f32
}

@test "--length counts characters; 0 writes none" {
    sample out --prime 'The ' --length 20 --seed 1
    [ "$(characters out)" -le 25 ]
    [ "$(characters out)" -ge 24 ]
    sample out --prime 'The fox' -n 0 --seed 1
    [ "$output" = 'The fox' ]
    sample out -n 0 --seed 1
    [ ! -s out ] || [ "$(cat out)" = '' ]
    sample out --length 1k --seed 1
    [ "$(characters out)" -ge 1000 ]
}

@test "--prime is printed before, unless --no-echo; '' is none" {
    sample with --prime 'El niño ' --length 30 --seed 3
    [[ $output == 'El niño '* ]] || complain 'the prime is missing'
    sample without --prime 'El niño ' --length 30 --seed 3 --no-echo
    [ "El niño $(cat without)" = "$(cat with)" ]
    sample empty --prime '' --seed 3 --length 50
    sample none --seed 3 --length 50
    cmp empty none
}

@test "--prime-file reads a file to its last byte, - standard input" {
    printf 'The fox\n' >prime
    sample out --prime-file prime --length 10 --seed 1
    [ "$(head -n 1 out)" = 'The fox' ]
    run bash -c '"$LETRA" sample "$1" --prime-file - --length 0 --seed 1 <prime' x "$model"
    [ "$output" = 'The fox' ]
    : >prime
    sample empty --prime-file prime --length 10 --seed 1
    sample none --length 10 --seed 1
    cmp empty none
    letra sample "$model" --prime-file missing
    ends 1 "cannot open missing"
}

@test "a prime goes the way of the text: decomposed letters are composed" {
    sample composed --prime $'ni\u00f1o' --length 20 --seed 1
    sample decomposed --prime $'nin\u0303o' --length 20 --seed 1
    cmp composed decomposed
}

@test "--temperature 0 is greedy: the seed does not matter; --top-k 1 and a tiny --top-p are the same" {
    sample a --temperature 0 --seed 1 --prime T --length 100
    sample b -t 0 --seed 2 --prime T --length 100
    cmp a b
    sample c --top-k 1 --seed 3 --prime T --length 100
    cmp a c
    sample d --top-p 0.0001 --seed 4 --prime T --length 100
    cmp a d
    sample e --min-p 1 --seed 5 --prime T --length 100
    cmp a e
    sample g --greedy --seed 6 --prime T --length 100
    cmp a g
    sample f -t 100 --seed 5 --prime T --length 100
    run ! cmp a f
}

@test "--repeat-penalty makes what came lately rarer; --typical-p leaves out what is too likely, too" {
    sample often --seed 1 --prime 'The ' --length 400 --repeat-penalty 0.3
    sample rarely --seed 1 --prime 'The ' --length 400 --repeat-penalty 3
    sample never --seed 1 --prime 'The ' --length 400 --repeat-penalty 3 --repeat-window 0
    sample plain --seed 1 --prime 'The ' --length 400
    cmp never plain
    [ "$(fold -w 1 often | sort -u | wc -l)" -lt "$(fold -w 1 rarely | sort -u | wc -l)" ]
    sample typical --seed 1 --prime 'The ' --length 400 --typical-p 0.5
    run ! cmp typical plain
}

@test "--count: texts with a line of three dashes between them, of which the first is the one alone" {
    sample out --count 3 --length 40 --prime 'The ' --seed 5
    [ "$(grep -c '^---$' out)" -eq 2 ]
    [ "$(grep -c '^The ' out)" -ge 3 ]
    sample alone --length 40 --prime 'The ' --seed 5
    cmp alone <(sed '/^---$/,$d' out)
}

@test "--stop ends right before the text; several may be given" {
    sample long --length 400 --temperature 0 --prime 'The ' --seed 1
    sample out --length 400 --temperature 0 --prime 'The ' --seed 1 --stop $'\n'
    [ "$output" = "$(head -n 1 long)" ]
    sample out --length 400 --temperature 0 --prime 'The ' --seed 1 --stop 'never in it' --stop $'\n'
    [ "$output" = "$(head -n 1 long)" ]
    letra sample "$model" --stop $'a\xFFb'
    ends 1 "--stop: byte 1: 0xFF is not valid UTF-8"
    sample out --length 40 --seed 1 --stop 'ж'
    [[ $stderr == *"warning: --stop 'ж' has characters that the model does not know"* ]] || complain 'no warning'
}

@test "--stop may begin in the prime; --until-end writes until it comes" {
    sample long --length 400 --temperature 0 --prime 'The ' --seed 1
    sample out --length 400 --temperature 0 --prime 'The ' --seed 1 --stop "e $(head -c 5 long | tail -c 1)"
    [ "$output" = 'The ' ]
    sample plain --length 400 --prime 'The ' --seed 1
    local text
    text=$(cat plain)
    run timeout 20 "$LETRA" sample "$model" --threads 1 --prime 'The ' --seed 1 --until-end --stop o
    [ "$output" = "${text%%o*}" ] || complain 'it is another text'
    letra sample "$model" --until-end
    ends 1 "--until-end: nothing would end the text: give a --stop, a --stop-regex or a --match, or a model of records"
    letra sample "$model" --until-end --length 5 --stop x
    ends 2 "--until-end writes however long it takes, --length at most so much: give one"
    letra repl "$model" --until-end </dev/null
    ends 1 "--until-end: nothing would end the text"
}

@test "--stop goes the way of the model's text: bytes that are no UTF-8, newlines" {
    printf 'a cat and\r\na dog\xff\r\n%.0s' $(seq 1 60) >raw.txt
    "$LETRA" train raw.txt -o raw.safetensors --invalid replace --hidden 16 --epochs 20 -q
    letra sample raw.safetensors --prime 'a cat' --seed 1 --temperature 0 --no-echo
    [[ $output == *$'dog\uFFFD\n'* ]] || complain 'it has not learned the text'
    letra sample raw.safetensors --prime 'a cat' --seed 1 --temperature 0 --no-echo --stop $'\xff'
    ends 0
    [ "$output" = $' and\na dog' ]
    letra sample raw.safetensors --prime 'a cat' --seed 1 --temperature 0 --no-echo --stop $'\r\na d'
    ends 0
    [ "$output" = ' and' ]
}

@test "characters that the model does not know are named; --unknown skip leaves them out" {
    letra sample "$model" --prime 'The жж ⌘' --seed 1
    ends 1 "--prime" "'ж' (U+0436)" "'⌘' (U+2318)" "--unknown skip"
    [ -z "$output" ]
    sample out --prime 'The ж⌘fox' --unknown skip --length 0 --seed 1
    [ "$output" = 'The fox' ]
    [[ $stderr == *"left out 2 characters"* ]] || complain 'not said'
    letra sample "$model" --prime $'a\xFFb'
    ends 1 "--prime: byte 1: 0xFF is not valid UTF-8"
}

@test "what a model of bytes does not know is called bytes" {
    printf 'ab%.0s' $(seq 1 200) >bytes
    "$LETRA" train bytes -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.2 -q
    letra sample bytes.safetensors --prime abñ --unknown skip --length 0 --seed 1
    ends 0 "letra: warning: --prime: left out 2 bytes that the model does not know"
    letra sample bytes.safetensors --prime abc --unknown skip --length 0 --seed 1
    ends 0 "left out 1 byte that"
}

@test "--threads writes the same text" {
    sample a --seed 4 --length 300
    "$LETRA" sample "$model" --seed 4 --length 300 --threads 2 >b
    cmp a b
}

@test "a checkpoint writes too" {
    "$LETRA" sample "${model%.safetensors}.checkpoint.safetensors" --length 20 --seed 1 >out
    [ -s out ]
}

@test "a reader that leaves early ends it quietly; a full disk is an error" {
    run --separate-stderr bash -c 'set -o pipefail
        "$LETRA" sample "$1" -n 1G --seed 1 --threads 1 | head -c 100' x "$model"
    ends 0
    is_silent
    [ "${#output}" -ge 60 ]
    run --separate-stderr bash -c '"$LETRA" sample "$1" -n 1G --seed 1 --threads 1 >/dev/full' x "$model"
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c '"$LETRA" sample "$1" -n 100 --seed 1 >&-' x "$model"
    ends 1 "letra: could not write to standard output: "
}

# holds FILE BYTES: it has that many, or more
holds() {
    [ "$(wc -c <"$1")" -ge "$2" ]
}

@test "SIGINT ends it after what was written came out, with status 130" {
    "$LETRA" sample "$model" -n 1G --seed 1 --threads 1 >out 3>&- &
    local pid=$!
    until_true holds out 10000
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
}

# shows WORDS: they are on the terminal; what it shows is in the file screen
shows() {
    tmux -L terminal capture-pane -p >screen
    grep -qF "$1" screen
}

@test "on a terminal control characters are visible; in a pipe they are as they are" {
    printf 'a\e[31mb\rc\007\n%.0s' $(seq 1 100) >controls.txt
    "$LETRA" train controls.txt -o controls.safetensors "${small[@]}" --newlines keep --epochs 0.2 -q
    run bash -c '"$LETRA" sample controls.safetensors --prime "$1" -n 0 --seed 1 | od -An -c' x $'a\e\a\r'
    [[ $output == *'a 033  \a  \r  \n'* ]] || complain 'the bytes are others'
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR
    tmux -L terminal -u -f /dev/null new-session -d -x 60 -y 10 \
        "'$LETRA' sample controls.safetensors --prime \$'a\\e[31m\\a\\rb' -n 0 --seed 1; echo over; sleep 30"
    until_true shows over
    tmux -L terminal kill-server
    cat screen >&2
    grep -qF 'a\e[31m\x07\rb' screen
}
