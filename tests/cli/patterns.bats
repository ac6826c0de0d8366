#!/usr/bin/env bats
# letra sample and repl: --match, --forbid and --stop-regex, and what they say.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model small.safetensors
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    tiny=$BATS_FILE_TMPDIR/small.safetensors
    model=$BATS_TEST_DIRNAME/../../models/letra-english.safetensors
}

# sample ARGUMENT...: with the English model
sample() {
    letra sample "$model" --seed 3 --threads 1 "$@"
}

# all_match PATTERN COUNT: what was written is so many lines, each of which Perl's matcher finds as a whole
all_match() {
    local wrong
    wrong=$(grep -v '^---$' <<<"$output" | grep -c -v -x -P "$1" || true)
    [ "$wrong" -eq 0 ] || complain "$wrong lines do not match $1"
    [ "$(grep -c -x -P "$1" <<<"$output")" -eq "$2" ] || complain "not $2 lines"
}

@test "--match: dates, dialogue, records, names, each as a whole" {
    sample --match '\d{4}-\d\d-\d\d' --count 20
    ends 0
    all_match '\d{4}-\d\d-\d\d' 20
    sample --match '"[^"\n]{10,60}[.!?]" said [A-Z][a-z]+\.' --count 5
    ends 0
    all_match '"[^"\n]{10,60}[.!?]" said [A-Z][a-z]+\.' 5
    sample --match '(?:[A-Z][a-z]+: [^:\n]{3,20}\n){4}'
    ends 0
    all_match '[A-Z][a-z]+: [^:\n]{3,20}' 4
    sample --match '[^\n]{10,17}\n[^\n]{14,21}\n[^\n]{10,17}' --temperature 0.7
    ends 0
    all_match '[^\n]{10,21}' 3
}

@test "--match: the text ends where the model would go on otherwise, and the prime is before it" {
    sample --match '(?:[^"\n]|"[^"\n]+")*\.' --prime 'He said: ' --temperature 0.5
    ends 0
    [[ $output =~ ^'He said: '[^\"]*(\"[^\"]+\"[^\"]*)*\.$ ]] || complain 'not balanced'
    sample --match '[a-z]*' --prime 'He said' --greedy --no-echo
    ends 0
    [ -z "$output" ] || complain 'a letter came after a word that is over'
}

@test "--match: the same seed gives the same text, whatever the number of samples and threads" {
    "$LETRA" sample "$model" --seed 3 --match '[A-Z][a-z]+( [a-z]+){3,9}\.' --count 6 >many
    "$LETRA" sample "$model" --seed 3 --match '[A-Z][a-z]+( [a-z]+){3,9}\.' >one
    "$LETRA" sample "$model" --seed 3 --match '[A-Z][a-z]+( [a-z]+){3,9}\.' --count 6 --threads 2 >two
    cmp many two
    [ "$(head -n 1 many)" = "$(cat one)" ]
    [ "$(grep -c -v '^---$' many)" -eq 6 ]
}

@test "--forbid: no e; no word that is forbidden; with --match and with --stop" {
    sample --forbid '[eE]' --length 500
    ends 0
    [[ $output != *[eE]* ]] || complain 'an e'
    [ "${#output}" -ge 499 ]
    sample --forbid '\b(the|and|a)\b' --length 500 --temperature 0.5
    ends 0
    [[ ! " ${output//[^a-z]/ } " =~ \ (the|and|a)\  ]] || complain 'a word that is forbidden'
    sample --match '[a-z ]{40}' --forbid '[aeiou]{2}|  ' --count 5
    ends 0
    all_match '(?!.*([aeiou]{2}|  ))[a-z ]{40}' 5
    sample --forbid 'e' --stop '.' --length 500
    ends 0
    [[ $output != *[e.]* ]] || complain 'an e or the stop'
}

@test "--stop-regex: ends right before it, which may begin in the prime; --until-end waits for it" {
    sample --stop-regex '[.!?]' --until-end
    ends 0
    [[ $output != *[.!?]* ]] || complain 'the stop is there'
    sample --prime 'It is so' --stop-regex 'so\w*' --length 200
    ends 0
    [ "$output" = 'It is so' ] || complain 'it went on'
    sample --stop-regex '(?<=[a-z])\s+[A-Z]' --stop x --length 400
    ends 0
    [[ ! $output =~ [a-z][[:space:]]+[A-Z] ]] || complain 'the stop is there'
}

@test "--stop-regex: an empty match ends the text behind what is looked back at" {
    sample --stop-regex '(?<=[.!?])' --until-end
    ends 0
    [[ $output =~ ^[^.!?]+[.!?]$ ]] || complain 'not one sentence'
}

@test "--forbid and a stop that cuts the text off where it may not end: that sample alone, whatever their number" {
    sample --forbid '[aeiou]$' --stop ' ' --count 30
    ends 1 'texts do not fit; text' 'a stop cut the text off where it may not end'
    [ "$(grep -c '^---$' <<<"$output")" -eq 29 ]
    local first=${output%%$'\n'---*}
    sample --forbid '[aeiou]$' --stop ' '
    [ "$output" = "$first" ]
    sample --forbid '[aeiou]$' --stop ' ' --count 30 --format jsonl
    [ "$(grep -c '"end":"unfit"' <<<"$output")" -ge 1 ]
    [ "$(wc -l <<<"$output")" -eq 30 ]
}

@test "stops that never come" {
    sample --stop ''
    ends 1 "--stop '' is an empty text, which never comes"
    sample --until-end --stop ж
    ends 1 "--stop 'ж' has characters that the model does not know: it will never come" \
        '--until-end: nothing would end the text: the model does not know the characters'
}

@test "what cannot be followed is shown with its place" {
    sample --match 'a(?=b)'
    ends 1 "--match 'a(?=b)': look-ahead cannot be followed character by character, at offset 1 of the pattern" \
        '    a(?=b)' '     ^'
    sample --forbid '(a)\1'
    ends 1 "--forbid '(a)\\1': a back-reference cannot be followed" 'at offset 3'
    sample --match '[A-Z]\pL{3,8}, \d\d' --count 5
    ends 0
    all_match '[A-Z]\pL{3,8}, \d\d' 5
    sample --match 'a++'
    ends 1 'a possessive quantifier'
    sample --match '(a'
    ends 1 "--match '(a': missing closing parenthesis at offset 2 of the pattern"
    sample --stop-regex '(a'
    ends 1 "--stop-regex '(a': missing closing parenthesis at offset 2 of the pattern"
    sample --match ''
    ends 1 "--match '': the pattern is empty"
    [ -z "$output" ]
}

@test "what would forbid everything, or stop at once" {
    sample --forbid 'e*'
    ends 1 "--forbid 'e*': every text has a match of it: it matches the empty text"
    sample --stop-regex 'e*'
    ends 1 "--stop-regex 'e*': it matches the empty text"
    sample --forbid '(?s).'
    ends 1 'no character that the model knows can begin such a text'
}

@test "patterns that the model cannot fulfil: how far it came, on standard output and in the message" {
    sample --match '漢字'
    ends 1 'no character that the model knows can begin such a text'
    [ -z "$output" ]
    sample --match 'No 漢字'
    ends 1 "no character that the model knows can go on so that the text fits the pattern; it came as far as 'No '"
    [ "$output" = 'No ' ]
    sample --match '[a-z]{30}' --length 12 --count 3
    ends 1 '3 texts do not fit; text 1: the text is as long as was asked for, and may not end here' \
        'use a larger length'
    [ "$(grep -c -x '[a-z]\{12\}' <<<"$output")" -eq 3 ]
    sample --match 'ab|ax' --forbid 'b|x'
    ends 1 "it came as far as 'a'"
}

@test "options that contradict each other" {
    sample --match 'a+' --stop b
    ends 2 '--match says where the text ends, and so does --stop: give one'
    sample --match 'a+' --stop-regex b
    ends 2 '--match says where the text ends, and so does --stop-regex: give one'
    sample --match '[a-z]+\.' --until-end
    ends 0
    [[ $output =~ ^[a-z]+\.$ ]]
}

@test "records: the border comes only where the text may end" {
    printf '%s\n' alpha beta gamma delta epsilon zeta eta theta iota kappa >lines
    for _ in 1 2 3 4 5; do cat lines lines; done >lines.txt
    "$LETRA" train lines.txt -o lines.safetensors --records "${small[@]}" --epochs 4 -q 2>/dev/null
    letra sample lines.safetensors --seed 1 --count 30 --match '[a-z]{7,}'
    ends 0
    all_match '[a-z]{7,}' 30
    letra sample lines.safetensors --seed 1 --count 30 --forbid 'a\b|^.?$'
    ends 0
    all_match '[a-z]*[b-z]' 30
}

@test "bytes and graphemes" {
    "$LETRA" train "$BATS_FILE_TMPDIR/text.txt" -o bytes.safetensors --unit byte "${small[@]}" --epochs 1 -q
    letra sample bytes.safetensors --seed 1 --match '[a-z]{5}\xC3\xB1' --count 4
    ends 0
    all_match '[a-z]{5}ñ' 4
    "$LETRA" train "$BATS_FILE_TMPDIR/text.txt" -o graphemes.safetensors --unit grapheme "${small[@]}" --epochs 1 -q
    letra sample graphemes.safetensors --seed 1 --match '\p{L}{5}字' --count 4
    ends 0
    all_match '\p{L}{5}字' 4
}

@test "the filter: each line is answered under the pattern" {
    run --separate-stderr "$LETRA" repl "$tiny" --seed 1 --match ' \d+!' < <(printf 'The fox\nThe dog\n')
    ends 0
    all_match 'The (fox|dog) \d+!' 2
    run --separate-stderr "$LETRA" repl "$tiny" --seed 1 --match '\d{9}' -n 5 < <(printf 'The fox\nThe dog\n')
    ends 1 'standard input: line 1: the text is as long as was asked for' 'line 2: the text is'
}
