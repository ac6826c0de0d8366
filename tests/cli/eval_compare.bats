#!/usr/bin/env bats
# letra eval --compare: two models on one text.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model model.safetensors
    "$LETRA" train text.txt -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.5 -q
    grep -v niño text.txt >english.txt
    "$LETRA" train english.txt -o english.safetensors "${small[@]}" --epochs 2 -q
    head -n 40 text.txt >some.txt
    head -n 40 english.txt >known.txt
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# characters TEXT LESS: how many it has, but for some, as they are printed
characters() {
    printf '%s' "$(($(wc -m <"$1") - $2))" | sed 's/\([0-9]\)\([0-9]\{3\}\)$/\1,\2/'
}

# figure TEXT MODEL: nats per character as plain eval has them
figure() {
    "$LETRA" eval "$2" "$1" --threads 1 | sed -n 's/^nats\/char *//p'
}

@test "the figures of both are those of plain eval, and their difference is there" {
    letra eval model.safetensors known.txt --threads 1 --compare english.safetensors
    ends 0
    is_silent
    [ "${lines[0]}" = "1  model.safetensors" ]
    [ "${lines[1]}" = "2  english.safetensors" ]
    local first second
    first=$(figure known.txt model.safetensors)
    second=$(figure known.txt english.safetensors)
    grep -qE "^nats/char    $first +$second +[+-][0-9]\.[0-9]{4}$" <<<"$output"
    awk -v a="$first" -v b="$second" '$1 == "nats/char" { exit !($4 - (b - a) < 2e-4 && $4 - (b - a) > -2e-4) }' \
        <<<"$output"
    says "characters   $(characters known.txt 1)"
}

@test "the passages where they differ most, each way, with bits, line and what stands around" {
    letra eval english.safetensors some.txt --threads 1 --compare model.safetensors --unknown skip
    ends 0
    says "Where 1 is more surprised than 2, in bits"
    grep -qE '^ +line +1 +2 +2 - 1$' <<<"$output"
    # what the first model never saw is in the lines of even numbers
    local first
    first=$(grep -A 2 'Where 1 is' <<<"$output" | tail -n 1)
    [[ $first =~ ^\ +[0-9]+\ +[0-9]+\.[0-9]\ +[0-9]+\.[0-9]\ +-[0-9]+\.[0-9]\ \ \ .*\[.*\] ]]
    read -r line more less difference _ <<<"$first"
    [ "$((line % 2))" -eq 0 ]
    awk -v m="$more" -v l="$less" -v d="$difference" 'BEGIN { exit !(l - m - d < 0.11 && d - (l - m) < 0.11) }'
    [ "$(grep -cE '^ +[0-9]+ +[0-9.]+ +[0-9.]+ +-[0-9.]+   ' <<<"$output")" -le 10 ]
}

@test "a narrow terminal still shows what stands around" {
    run bash -c 'script -qec "stty cols 30; \"\$LETRA\" eval english.safetensors some.txt --threads 1 \
        --compare model.safetensors --unknown skip" /dev/null </dev/null'
    says "Where 1 is more surprised"
    grep -qE -- '-[0-9.]+   [^[]+\[[^]]*\][[:alnum:] ]' <<<"$output" || complain 'nothing around'
}

@test "a model beside itself differs nowhere" {
    letra eval model.safetensors some.txt --threads 1 --compare model.safetensors
    ends 0
    says "Nowhere is 1 more surprised than 2" "Nowhere is 2 more surprised than 1" "+0.0000"
}

@test "--json: one object with both models, their figures and passages" {
    letra eval english.safetensors some.txt --threads 1 --compare model.safetensors --unknown skip --json
    ends 0 "left out 160 characters that one of the models does not know"
    says '"chars": ' '"left_out": 160' '"difference_nats_per_char": -' '"model": "english.safetensors"' \
        '"model": "model.safetensors"' '"nats_per_char": ' '"more_surprised": [' '"passage": "' '"before": "' '"line": '
}

@test "a model of bytes beside one of characters: both are charged for characters" {
    letra eval model.safetensors some.txt --threads 1 --compare bytes.safetensors
    ends 0
    says "characters   $(characters some.txt 1)" "nats/char "
    letra eval bytes.safetensors some.txt --threads 1 --compare model.safetensors
    ends 0
    says "characters   $(characters some.txt 1)"
    [[ $output == *'漢字 ]'* && $output != *'\x'* ]]
}

@test "of graphemes, figures stand below each other" {
    "$LETRA" train text.txt -o graphemes.safetensors "${small[@]}" --unit grapheme --epochs 0.2 -q
    letra eval graphemes.safetensors some.txt --threads 1 --compare model.safetensors
    ends 0
    grep -qE '^ {14}1 {10}2 {10}2 - 1$' <<<"$output"
    grep -qE '^nats/grapheme [0-9.]{6} {5}[0-9.]{6} {5}-[0-9.]+$' <<<"$output"
    grep -qE '^perplexity {4}[0-9.]{7} ' <<<"$output"
    letra eval graphemes.safetensors some.txt --threads 1
    grep -qE '^nats/grapheme [0-9.]{6}$' <<<"$output"
    grep -qE '^perplexity {4}[0-9.]+$' <<<"$output"
    says "graphemes     $(characters some.txt 1)"
}

@test "the part of the first model's split" {
    letra eval model.safetensors text.txt --threads 1 --compare english.safetensors --unknown skip --split val
    ends 0
    local line
    line=$(awk '/^ +[0-9]+ +[0-9]+[.][0-9] /{ print $1; exit }' <<<"$output")
    [ "$line" -gt 200 ]
}

@test "characters that one of them does not know: an error that says which, or left out for both" {
    letra eval model.safetensors some.txt --threads 1 --compare english.safetensors
    ends 1 "english.safetensors does not know" "unknown characters in all: 160" \
        "--unknown skip leaves out for both what one of them does not know"
    letra eval english.safetensors some.txt --threads 1 --compare model.safetensors
    ends 1 "english.safetensors does not know"
    letra eval model.safetensors some.txt --threads 1 --compare english.safetensors --unknown skip
    ends 0 "left out 160 characters"
    says "characters   $(characters some.txt 161)"
}

@test "what one reads as rare is said" {
    "$LETRA" train text.txt -o rare.safetensors "${small[@]}" --min-count 200 --epochs 0.2 -q
    letra eval model.safetensors some.txt --threads 1 --compare rare.safetensors
    ends 0 "rare.safetensors reads " " as its one rare symbol, which costs it less than each would"
}

@test "models that do not read the same text are not compared" {
    printf 'The lazy\r\ndog jumps\r\n' >windows.txt
    "$LETRA" train text.txt -o upper.safetensors "${small[@]}" --replace 's/fox/dog/g' --epochs 0.2 -q
    letra eval model.safetensors some.txt --threads 1 --compare upper.safetensors
    ends 1 "the models do not read the same text: in line 1 model.safetensors reads 'f' (U+0066), and " \
        "upper.safetensors 'd' (U+0064); letra show tells the way of the text to each"
    letra eval upper.safetensors some.txt --threads 1 --compare model.safetensors
    ends 1 "in line 1 upper.safetensors reads 'd'"
    "$LETRA" train text.txt -o shorter.safetensors "${small[@]}" --drop-lines '1[0-9] jumps' --epochs 0.2 -q
    head -n 19 some.txt >nineteen.txt
    letra eval model.safetensors nineteen.txt --threads 1 --compare shorter.safetensors
    ends 1 "that of shorter.safetensors ends in line 19, and that of model.safetensors goes on"
    "$LETRA" train text.txt -o records.safetensors "${small[@]}" --records --epochs 0.2 -q
    letra eval model.safetensors some.txt --threads 1 --compare records.safetensors
    ends 1 "records.safetensors reads records and model.safetensors one text: they cannot be compared"
    letra eval records.safetensors some.txt --threads 1 --compare records.safetensors
    ends 0
    says "characters " "Nowhere"
}

@test "what cannot be" {
    letra eval model.safetensors some.txt --compare
    ends 2 "--compare needs an argument: --compare MODEL"
    letra eval model.safetensors some.txt --compare missing.safetensors
    ends 1 "missing.safetensors" "No such file"
    letra eval model.safetensors some.txt --compare some.txt
    ends 1 "some.txt is no letra model"
    run --separate-stderr bash -c '"$LETRA" eval model.safetensors - --compare bytes.safetensors <some.txt'
    ends 2 "standard input ('-') can be read only once: give files"
    local other
    for other in --heatmap --jsonl --dynamic; do
        letra eval model.safetensors some.txt --compare bytes.safetensors $other
        ends 2 "--compare goes with --json alone"
    done
    printf T >one.txt
    letra eval model.safetensors one.txt --compare bytes.safetensors
    ends 1 "at least 2 are needed"
    run --separate-stderr bash -c '"$LETRA" eval model.safetensors some.txt --compare bytes.safetensors >/dev/full'
    ends 1 "could not write to standard output"
}

@test "control characters of a text and of a file's name never reach the terminal" {
    printf 'a\e[31mb\rc\007 \n%.0s' $(seq 1 60) >controls.txt
    "$LETRA" train controls.txt -o $'x\e[31m.safetensors' "${small[@]}" --newlines keep --epochs 0.1 -q
    "$LETRA" train controls.txt -o other.safetensors "${small[@]}" --newlines keep --epochs 1 -q
    letra eval $'x\e[31m.safetensors' controls.txt --threads 1 --compare other.safetensors
    ends 0
    says '\e[31m'
    [[ $output != *$'\e'* && $output != *$'\007'* ]]
}
