#!/usr/bin/env bats
# letra corpus: what it tells of texts, the cleaned text that it writes, what it suggests.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# corpus ARGUMENT...
corpus() {
    letra corpus --threads 1 "$@"
}

# found KEY: the value of a key of the --json that was printed, if it stands on one line
found() {
    sed -n "s/^  \"$1\": \(.*[^,]\),\?\$/\1/p" <<<"$output"
}

# holds KEY VALUE...: each key of the --json that was printed has that value
holds() {
    while (($# > 0)); do
        [ "$(found "$1")" = "$2" ] || complain "$1 is $(found "$1"), not $2"
        shift 2
    done
}

# all_of_json: the JSON that was printed, without spaces and newlines
all_of_json() {
    printf '%s' "${output//[[:space:]]/}"
}

@test "a page: text, lines, kinds, scripts, symbols, a command line" {
    make_text >text.txt
    corpus text.txt
    ends 0
    is_silent
    [ "${lines[0]}" = 'text.txt: 10.8 kB' ] || complain 'the first line is another'
    says 'characters        9,902' 'symbols           47 different' 'lines             260, 0 of them empty' \
        'longest line      48 characters: text.txt, line 199' 'repeated lines    129, copies of 1 (' \
        '130 × El niño comió piña; 漢字 too!' 'split             8,912 to train on, 990 to validate, 0 to test' \
        'unigrams          ' 'bigrams           ' ' nats/char, ' ' bits/char' \
        'bytes             10,812 read, 10,812 left' 'small letters' 'Latin' 'Han ' "'漢' 130" \
        'letra train text.txt --threads 1 --hidden 128' 'about ' ' here, with 1 thread: 40 epochs'
    [[ $output != *'not seen'* ]] || complain 'nothing is hidden in it'
}

@test "--json: one object with all of it" {
    make_text >text.txt
    corpus --json text.txt
    ends 0
    is_silent
    [ "${lines[0]}" = '{' ] && [ "${lines[-1]}" = '}' ] || complain 'no object'
    holds files 1 bytes 10812 cleaned_bytes 10812 unit '"char"' chars 9902 vocabulary 47 lines 260 empty_lines 0 \
        repeated_lines 129 different_repeated_lines 1 repeated_lines_complete true code_points 9902 \
        different_code_points 47 train_chars 8912 val_chars 990 test_chars 0
    local all
    all=$(all_of_json)
    [[ $all == *'"longest_line":{"chars":48,"file":"text.txt","line":199}'* ]] || complain 'the longest line'
    [[ $all == *'{"below":2,"symbols":'* ]] || complain 'rare symbols'
    [[ $all == *'{"name":"Han","count":260,"different":2}'* ]] || complain 'scripts'
    [[ $all == *'"category":"Ll"'* ]] || complain 'categories'
    [[ $all == *'"hidden":128,"parameters":'*'"epochs":40.0,"threads":1,"memory_bytes":'*'"seconds":'* ]] ||
        complain 'suggestion'
    local key keys
    keys=$("$LETRA" corpus --help | sed -n '/^The keys/,$s/^      \([a-z]\)/\1/p' | sed 's/  .*//; s/,//g')
    [ "$(wc -w <<<"$keys")" -ge 20 ] || complain "few keys in --help: $keys"
    for key in $keys; do
        [[ $output == *"\"$key\": "* ]] || complain "--help has a key $key that is not there"
    done
}

@test "the same text has the digest that a model keeps" {
    make_text >text.txt
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --case fold --epochs 0.1 -q
    corpus --json text.txt --case fold
    holds digest "$(shown model.safetensors corpus_digest)"
}

@test "what the cleaning changed is counted, each rule with what it did" {
    printf '\xEF\xBB\xBFOne\r\nTwo\r\n# note\r\nFu\xCC\x88nf \xFF end\r\n' >one
    printf 'Six\n# Note\n# note\nlast' >two
    corpus one two --invalid replace --case lower --drop-lines '^#' --replace 's/s/SS/' --from nowhere
    ends 0 'letra: warning: 1 byte is no UTF-8 and replaced by U+FFFD; the first at one: line 4, byte 28' \
        "letra: warning: --from 'nowhere' matched nothing"
    says 'one and 1 more: ' 'byte-order marks  1 dropped' 'newlines          4 of \r\n or \r became \n' \
        'case              5 letters made small' 'normalized        1 place brought into NFC' \
        'no UTF-8          1 byte replaced by U+FFFD, the first at one: line 4, byte 28' \
        'drop-lines        3 lines in 2 of 2 files, 21 bytes less: ^#' \
        'replace           1 match in 1 of 2 files, 1 byte more: s/s/SS/' \
        'from              0 matches in 0 of 2 files, 0 bytes less: nowhere' \
        'U+FFFD            1 × replacement character'
    corpus --json one two --invalid replace --case lower --drop-lines '^#'
    local changes='"changes":{"byte_order_marks":1,"newlines":4,"letters":5,"normalized":1,"invalid_bytes":1,'
    changes+='"first_invalid":"one:line4,byte28","rules":['
    changes+='{"rule":"drop-lines","expression":"^#","matches":3,"files":2,'
    [[ $(all_of_json) == *"$changes"* ]] || complain 'the changes'
}

@test "hidden characters are found where they are first" {
    printf 'plain\n' >one
    printf 'a\u00a0b\n\u200bc\e[0m\n\u00a0\u00a0\n' >two
    corpus one two
    ends 0
    says 'U+00A0            3 × no-break space, first in two, line 1' \
        'U+200B            1 × zero width space, first in two, line 2' \
        'U+001B            1 × escape, first in two, line 2'
    [[ $output != *$'\e'* ]] || complain 'an escape came through'
    corpus --json one two
    [[ $(all_of_json) == *'{"code_point":160,"name":"no-breakspace","count":3,"file":"two","line":1}'* ]] ||
        complain 'JSON'
}

@test "rare symbols are counted, the most frequent of many are shown" {
    local k
    for k in $(seq 300 600); do
        printf '%b\n' "\\u$(printf %04x $((0x4E00 + k)))" # each once
    done >text.txt
    printf '的%.0s' $(seq 1 50) >>text.txt
    corpus text.txt
    ends 0
    says 'symbols           303 different; 301 come once, 302 fewer than 100 times' \
        'The most frequent of 303 symbols, each with its count' "'\\n' 301" "'的' 50"
    [ "$(grep -c "' 1  " <<<"$output")" -lt 15 ] || complain 'all symbols are there'
    corpus --json text.txt
    [[ $(all_of_json) == *'{"below":2,"symbols":301,"chars":301}'* ]] || complain 'rare symbols'
}

# What comes out is read as it stands: the same digest, so the same units.
reads_the_same() {
    corpus --json "$@" -o cleaned
    ends 0
    local digest vocabulary
    digest=$(found digest) vocabulary=$(found vocabulary)
    [ "$(found cleaned_bytes)" -le "$(stat -c %s cleaned)" ]
    corpus --json cleaned --normalize none --newlines keep
    ends 0
    holds digest "$digest" vocabulary "$vocabulary" bytes "$(stat -c %s cleaned)"
}

@test "-o writes the text as it is learned" {
    printf '\xEF\xBB\xBFOne\r\nTwo\rFu\xCC\x88nf ﬁ\r\n# note' >one
    printf 'la\xFFst' >two
    reads_the_same one two --invalid skip
    [ "$(cat cleaned)" = $'One\nTwo\nFünf ﬁ\n# note\nlast' ] || complain "$(cat cleaned)"
    reads_the_same one two --invalid replace --normalize nfkd --case fold
    reads_the_same one two --invalid replace --newlines keep --join $'\n***\n' --drop-lines '^#'
    reads_the_same one two --unit grapheme --invalid skip
    printf '\xEF\xBB\xBF\xEF\xBB\xBFtwo marks\n' >one # of which one is text
    reads_the_same one
    make_text >one
    corpus one -o cleaned
    cmp one cleaned
    printf '\x00\xFF\r\n\xEF\xBB\xBF' >one
    corpus one --unit byte -o cleaned
    cmp one cleaned
}

@test "-o -: the text and nothing else" {
    printf 'One\r\nTwo\r\n' >text.txt
    corpus text.txt -o - --case fold
    ends 0
    is_silent
    [ "$output" = $'one\ntwo' ]
    run --separate-stderr bash -c '"$LETRA" corpus - -o - --replace "s/o/0/" --drop-lines never <text.txt'
    ends 0 "warning: --drop-lines 'never' matched nothing"
    [ "$output" = $'One\nTw0' ]
    corpus text.txt -o - --json
    ends 2 '-o - and --json would both write to standard output'
    yes 'a line that is long enough' | head -n 200000 >long
    run --separate-stderr bash -c '"$LETRA" corpus long -o - | head -n 1'
    ends 0
    is_silent
}

@test "-o never stands for an input, and leaves what was there when the work fails" {
    mkdir folder
    printf 'text\n' >folder/one
    printf 'bad \xFF\n' >folder/two
    corpus folder/one -o folder/one
    ends 1 'letra: -o folder/one: that is the file folder/one, which would be lost; give another name'
    [ "$(cat folder/one)" = text ]
    echo old >cleaned
    corpus folder -o cleaned
    ends 1 'letra: folder/two: line 1, byte 4: 0xFF is not valid UTF-8'
    corpus folder/one --drop-lines . -o cleaned
    ends 1 "letra: the text is empty after --drop-lines '.': there is nothing to learn from"
    [ "$(cat cleaned)" = old ] || complain 'something was written'
    corpus folder/one -o missing/cleaned
    ends 1 'missing'
    corpus folder/one -o folder
    ends 1 'folder'
    [ -z "$(find . -name '.letra-*')" ] || complain 'something was left behind'
}

@test "the command line that is suggested is one that train takes" {
    mkdir 'my poems'
    make_text >'my poems/a b.txt'
    make_text >'my poems/c.md'
    corpus 'my poems' --include '*.txt' --drop-lines '^"' --case fold --val 0.2 --keep-lines '[a-z]' --json --threads 1
    ends 0
    local command
    command=$(sed -n 's/^    "command": "\(.*\)",$/\1/p' <<<"$output" | sed 's/\\\(["\\]\)/\1/g')
    local options="--include '*.txt' --case fold --drop-lines '^\"' --keep-lines '[a-z]' --val 0.2 --threads 1"
    [[ $command == *"train 'my poems' $options --hidden 128" ]] || complain "$command"
    eval "run --separate-stderr $command --epochs 0.01 --hidden 8 -o model.safetensors"
    ends 0 'text    my poems (1 file): 9,902 characters' 'split   7,922 to train on, 1,980 to validate'
    make_text >-odd
    corpus -- -odd
    says 'train --threads 1 --hidden 128 -- -odd'
    run --separate-stderr bash -c '"$LETRA" corpus --threads 1 - <-odd'
    says 'train - --threads 1 --hidden 128 -o models/mine.safetensors'
    letra corpus --threads all ./-odd
    says 'train ./-odd --threads all --hidden 128'
}

@test "a text of which nothing can be learned is described nevertheless" {
    printf 'aaaa' >text.txt
    corpus text.txt
    ends 0
    says 'symbols           1 different; 1 fewer than 10 times' 'cannot be: the text has only one distinct character'
    corpus --json text.txt
    ends 0
    holds suggestion null unigram_nats null \
        fault '"the text has only one distinct character: there is nothing to learn from it"'
    printf 'ab' >text.txt
    corpus text.txt --val 0
    ends 0
    [[ $output != *unigrams* ]] || complain 'there is no validation part'
    : >text.txt
    corpus text.txt
    ends 1 'letra: text.txt is empty: there is nothing to learn from'
}

@test "bytes and graphemes have numbers of their own" {
    printf 'e\xCC\x81\xCC\xA7 a\n\x01\n%.0s' $(seq 1 100) >text.txt
    corpus text.txt --unit byte
    ends 0
    says 'bytes             1,000' '0x01              100 × control character, first in text.txt, line 2' 'bits/byte'
    [[ $output != *Scripts* ]] || complain 'bytes have no script'
    corpus text.txt --unit grapheme
    says 'graphemes         600, 700 code points' 'Inherited'
}

@test "records and rare symbols are counted as training has them" {
    printf 'anna\n\notto\nZoë\r\n' >one
    printf 'emma' >two
    "$LETRA" train one two -o model.safetensors "${small[@]}" --records --min-count 2 --epochs 0.1 -q
    corpus --json one two --records --min-count 2
    ends 0
    is_silent
    holds records 4 merged_symbols 3 merged_chars 3 vocabulary 7 chars 20 lines 5 empty_lines 1 \
        digest "$(shown model.safetensors corpus_digest)"
    corpus one two --records --min-count 2
    says 'records           4, with a border before each' \
        'rare              3 more that come fewer than 2 times are one: 3 of the text' 'border 4' 'rare 3' \
        '--records --min-count 2 --threads 1 --hidden 128'
}

@test "records are written with what stands between them" {
    printf 'anna\r\n\r\notto' >one
    printf 'emma\n' >two
    corpus --json one two --records -o cleaned
    local digest
    digest=$(found digest)
    [ "$(cat cleaned)" = $'anna\n\notto\nemma' ] || complain "$(cat cleaned)"
    corpus --json cleaned --records
    holds digest "$digest" records 3
    corpus --json one --separator '\n\n+' -o cleaned
    digest=$(found digest)
    corpus --json cleaned --separator '\n\n+'
    holds digest "$digest" records 2
    corpus one two --separator '\n\n+' -o cleaned
    ends 1 'letra: -o writes one file, in which nothing that --separator matches would stand between the texts of 2'
}

@test "--cache keeps the text on a disk and goes along" {
    make_text >text.txt
    mkdir folder
    corpus text.txt --cache folder
    ends 0
    says 'characters        9,902' 'letra train text.txt --cache folder --threads 1'
    [ -z "$(ls -A folder)" ] || complain 'something is left there'
    corpus text.txt --cache nowhere
    ends 1 'nowhere'
}

@test "wrong options are refused" {
    printf 'text\n' >text.txt
    corpus text.txt --val 0.6 --test 0.5
    ends 2 '--val 0.6 and --test 0.5 leave nothing to train on'
    corpus text.txt --unit byte --case fold
    ends 2 '--case: --unit byte reads bytes as they are'
    corpus text.txt --drop-lines '('
    ends 2 "--drop-lines '(': missing closing parenthesis"
    corpus - -
    ends 2 "'-' can be given once"
    corpus nowhere.txt
    ends 1 'nowhere.txt'
    letra corpus
    ends 2 'TEXT is missing'
}

# begun: the file that becomes the cleaned text is there
begun() {
    [ -n "$(find . -name '.letra-*')" ]
}

@test "Ctrl-C ends it, and nothing is left behind" {
    mkfifo pipe
    "$LETRA" corpus pipe -o cleaned &
    local process=$! status=0
    exec 7>pipe
    yes 'a line of a text that is long' | head -n 100000 >&7
    until_true begun
    kill -TERM "$process"
    yes 'a line of a text that is long' | head -n 100000 >&7 || true # it stops when it sees more
    exec 7>&-
    wait "$process" || status=$?
    [ "$status" = 143 ]
    [ -z "$(find . -type f)" ] || { find . && false; }
}
