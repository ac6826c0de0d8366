#!/usr/bin/env bats
# letra fill: gaps, lengths, where the text comes from, and what is wrong with one.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    model=$BATS_TEST_DIRNAME/../../models/letra-english.safetensors
}

# fill ARGUMENT...: with a beam that is quick
fill() {
    letra fill "$model" --threads 1 --beam 16 "$@"
}

# fills PATTERN ARGUMENT...: what it prints is like that
fills() {
    local pattern=$1
    shift
    fill "$@"
    ends 0
    is_silent
    [[ $output =~ ^$pattern$ ]] || complain "not like: $pattern"
}

@test "gaps are filled with as many characters as --gap says, and the rest stays as it is" {
    fills 'She opened the .{1,20} and went in\.' 'She opened the ___ and went in.'
    fills 'She opened the .{7} and went in\.' 'She opened the ___ and went in.' --gap 7
    fills 'She opened the .{3,5} and went in\.' 'She opened the _______ and went in.' --gap 3-5
    fills 'The .{4} and the .{4} of the house\.' 'The ___ and the ____ of the house.' --gap 4
    fills '.{5} was cold\.' '___ was cold.' --gap 5
    fills 'It was .{8}' 'It was ___' --gap 2-8
}

@test "what follows matters: a name, an ending, a word" {
    fills 'Dear Madam,' 'Dear Mad___,' --gap 1-4
    fills 'She was looking at the sea\.' 'She was look___ at the sea.' --gap 3
    fills 'She looked at him and said, "I do not know\."' 'She looked at h___ and said, "I do not know."' --gap 2
}

@test "--count: different ones; --json: with what they cost, the best score first" {
    fill 'She opened the ___ and went in.' --count 5
    [ "$(grep -c '^---$' <<<"$output")" -eq 4 ]
    fill 'She opened the ___ and went in.' --count 5 --json --gap 6
    ends 0
    [ "$(grep -c '"text": "She opened the .* and went in."' <<<"$output")" -eq 5 ]
    [ "$(grep '"text"' <<<"$output" | sort -u | wc -l)" -eq 5 ]
    [ "$(grep -c '"chars": 19' <<<"$output")" -eq 5 ] # 6 and " and went in."
    grep -o '"score": [-0-9.]*' <<<"$output" | cut -d ' ' -f 2 >scores
    sort -rn scores | cmp - scores
    [ "$(sort -u scores | wc -l)" -gt 1 ]
}

@test "the same text has the same fillings, whatever the number of threads" {
    fill 'She opened the ___ and went in.' --count 3
    local first=$output
    letra fill "$model" --threads 2 --beam 16 'She opened the ___ and went in.' --count 3
    [ "$output" = "$first" ]
}

@test "--file: a text of a file or of standard input, to its last byte" {
    printf 'Dear Mad___,\n\nI am well.\n' >letter
    fill --file letter --gap 2
    ends 0
    [ "$output" = $'Dear Madam,\n\nI am well.' ]
    run --separate-stderr bash -c '"$LETRA" fill "$1" --beam 16 --file - --gap 2 <letter' x "$model"
    ends 0
    [ "$output" = $'Dear Madam,\n\nI am well.' ]
    fill --file missing
    ends 1 'cannot open missing'
}

@test "a text without a gap, of nothing but a gap, of unknown characters" {
    fill 'Nothing __ here'
    ends 1 "letra: TEXT: there is no gap in the text; write one as ___: letra fill MODEL 'It was ___ and cold'"
    fill ''
    ends 1 'there is no gap in the text'
    fill ___
    ends 1 'letra: TEXT: there is nothing but the gap to go by; letra sample writes without'
    fill 'The жж ___'
    ends 1 "letra: TEXT: the model does not know 'ж' (U+0436); --unknown skip leaves them out"
    fill 'The ж___ was' --unknown skip --gap 3
    ends 0 'letra: warning: TEXT: left out 1 character that the model does not know'
    [[ $output =~ ^The\ ...\ was$ ]] || complain 'it is another text'
    fill 'The Noël___ was' --unknown nearest --gap 3
    ends 0 "TEXT: read 'ë' (U+00EB) as 'e'"
    [[ $output =~ ^The\ Noel...\ was$ ]] || complain 'it is another text'
    fill 'The ___ж___ was' --unknown skip
    ends 1 'letra: TEXT: nothing that the model knows stands between gap 1 and gap 2: make one of them'
    fill $'The \xFF___'
    ends 1 'letra: TEXT: byte 4: 0xFF is not valid UTF-8'
}

@test "faulty command lines" {
    local words
    while IFS='|' read -r gap words; do
        fill 'a ___ b' --gap "$gap"
        ends 2 "letra: $words" "fill --help'"
    done <<'END'
x|--gap 'x' is neither a length (12) nor a least and a greatest (3-12)
3-|--gap '3-' is neither
-3|--gap '-3' is neither
3-4-5|--gap '3-4-5' is neither
|--gap '' is neither
1.5|--gap '1.5' is neither
0|--gap 0: the length must be from 1 to 1000
0-0|--gap 0-0: the length must be from 1 to 1000
1001|--gap 1001: the length must be from 1 to 1000
99999999999999999999999|--gap 99999999999999999999999: the length must be from 1 to 1000
7-3|--gap 7-3: the least length comes first: 3-7
END
    fill
    ends 2 "letra: TEXT is missing: $LETRA fill MODEL 'It was ___ and cold', or --file FILE"
    fill 'a ___' --file x
    ends 2 'letra: TEXT and --file: give one of them'
    fill a b
    ends 2 "letra: 'b' is one argument too many"
    letra fill - --file -
    ends 2 "letra: '-' can be given once"
    fill 'a ___ b' --count 17
    ends 2 'letra: --count 17: --beam 16 finds at most 16 fillings: give --beam 17 or more'
    letra fill missing 'a ___ b'
    ends 1 'letra: cannot open missing'
}

@test "a model of records: the text is a record, which ends where it does" {
    printf 'abc\nabcde\nxyz\n%.0s' $(seq 1 200) >records.txt
    "$LETRA" train records.txt -o records.safetensors --records "${small[@]}" --epochs 60 -q
    letra fill records.safetensors 'x___' --gap 1-6
    ends 0
    [ "$output" = xyz ]
    letra fill records.safetensors 'a___' --gap 4 --count 1
    [ "$output" = abcde ]
    letra fill records.safetensors '___z' --gap 1-6 --count 3
    [ "${#lines[@]}" -eq 3 ] # no dashes between records that are lines
    [ "${lines[0]}" = xyz ]
}

@test "rules of the model's text see the gap: what they do at the end of a line is not done before it" {
    printf 'one two \nthree four \n%.0s' $(seq 1 200) >spaces.txt
    "$LETRA" train spaces.txt -o spaces.safetensors "${small[@]}" --epochs 40 --replace 's/ $//gm' -q
    letra fill spaces.safetensors $'one ___ \nthree' --gap 3
    ends 0
    [ "$output" = $'one two\nthree' ]
}

@test "bytes that are no UTF-8 are whole in the text, and replaced in JSON" {
    printf 'a\xff\xfeb\n%.0s' $(seq 1 300) >raw
    "$LETRA" train raw -o raw.safetensors "${small[@]}" --unit byte --epochs 40 -q
    "$LETRA" fill raw.safetensors $'b\na___b' --gap 2 >out
    printf 'b\na\xff\xfeb\n' | cmp - out
    letra fill raw.safetensors $'b\na___b' --gap 2 --json
    says $'"b\\na\uFFFD\uFFFDb"'
}

@test "no memory for so wide a beam" {
    ! grep -q __asan_init "$LETRA" || skip 'AddressSanitizer takes all addresses for itself'
    run --separate-stderr bash -c 'ulimit -v 150000 && "$LETRA" fill "$1" "a ___ b" --beam 4096 --threads 1' x "$model"
    ends 1 'letra: --beam 4096 would take 0.' ' GB are free: use a smaller one'
    run --separate-stderr bash -c 'ulimit -v 150000 && "$LETRA" fill "$1" "a ___ b" --beam 4 --threads 1' x "$model"
    ends 0
}

@test "a full disk is an error, SIGINT ends it without a word" {
    run --separate-stderr bash -c '"$LETRA" fill "$1" "a ___ b" --beam 2 >/dev/full' x "$model"
    ends 1 'letra: could not write to standard output: No space left on device'
    "$LETRA" fill "$model" --threads 1 --beam 512 --gap 1000 'a ___ b' >out 3>&- &
    local pid=$!
    sleep 1
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    [ ! -s out ]
}

# shows WORDS: they are on the terminal; what it shows is in the file screen, with its colours
shows() {
    tmux -L terminal capture-pane -e -p >screen
    grep -qF "$1" screen
}

@test "on a terminal what was filled in has a colour, unless NO_COLOR is set" {
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR
    local fill="'$LETRA' fill '$model' --beam 8 'Dear Mad___,' --gap 2"
    tmux -L terminal -u -f /dev/null new-session -d -x 60 -y 10 "$fill; NO_COLOR=1 $fill; echo over; sleep 30"
    until_true shows over
    tmux -L terminal kill-server
    cat screen >&2
    grep -q 'Dear Mad.*\[[0-9;]*32mam.*,' screen
    grep -q 'Dear Madam,' screen
}
