#!/usr/bin/env bats
# letra novelty: shares and passages of texts and of what models write, and what cannot be compared.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text >text.txt
    # One that knows its text well.
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --hidden 32 --seq-length 32 --batch-size 4 --epochs 10 \
        --val 0.2 --test 0.1 -q
    printf 'One fox sleeps.\nThe quick brown fox jumps over the lazy dog.\nThe end.\n' >corpus
    printf 'A story:\nAnd then the quick brown fox jumps over the moon.\n' >story
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR"/{text.txt,model.safetensors,corpus,story} .
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

# all_of_json: the JSON that was printed, on one line
all_of_json() {
    tr -s ' \n' ' ' <<<"$output"
}

# of_model ARGUMENT...: what is said of a short text of the model
of_model() {
    letra novelty model.safetensors --threads 1 -n 2000 -t 0.3 --seed 3 "$@"
}

@test "two texts: the share, and the passage with its places" {
    letra novelty story --corpus corpus
    ends 0
    is_silent
    says 'text      story: 59 characters' 'corpus    corpus: 70 characters' \
        'in copies of 20 or more    57.63 %' 'in copies of 40 or more     0.00 %' 'the longest copy                34' \
        'The longest copy, with the place in the text and in the corpus' \
        '  34 characters: line 2, character 11; corpus, line 2, character 2' \
        '    ...:↵And then t[he quick brown fox jumps over the ]moon.↵'
    [[ $output != *'held out'* && $output != *'in the corpus in one piece'* ]] || complain 'that is not so'
}

@test "--json: the same for programs, with the keys that --help lists" {
    letra novelty story --corpus corpus --json
    ends 0
    is_silent
    [ "${lines[0]}" = '{' ] && [ "${lines[-1]}" = '}' ] || complain 'no object'
    holds unit '"char"' chars 59 corpus_chars 70 model null temperature null seed null held_out_chars null \
        trained_on_corpus null text_is_corpus false text_is_one_copy false longest 34 held_out_longest null \
        records null copied_records null
    local all passage key keys
    all=$(all_of_json)
    [[ $all == *'{ "at_least": 20, "chars": 34, "share": 0.576271186441, "held_out_share": null }, {'* ]] ||
        complain 'shares'
    passage='"passages": [ { "chars": 34, "file": "story", "line": 2, "char": 11, "corpus_file": "corpus", '
    passage+='"corpus_line": 2, "corpus_char": 2, "corpus_times": 1, "text": "he quick brown fox jumps over the " } ]'
    [[ $all == *"$passage"* ]] || complain 'the passage'
    keys=$("$LETRA" novelty --help | sed -n '/^The keys/,$s/^      \([a-z]\)/\1/p' | sed 's/  .*//; s/,//g')
    [ "$(wc -w <<<"$keys")" -ge 10 ] || complain "few keys in --help: $keys"
    for key in $keys; do
        [[ $output == *"\"$key\": "* ]] || complain "--help has a key $key that is not there"
    done
}

@test "what a model writes, beside the part that was held out of its training" {
    of_model --corpus text.txt
    ends 0
    is_silent
    says 'text      2,000 characters that model.safetensors wrote: temperature 0.3, seed 3' \
        'corpus    text.txt: 6,932 characters that the model was trained on' \
        'held out  1,980 characters behind them, on which it was validated but not trained' 'text  held out' \
        'in copies of 20 or more '
    local first=$output
    of_model --corpus text.txt
    [ "$output" = "$first" ] || complain 'another time another text'
    of_model --corpus text.txt --json
    holds chars 2000 model '"model.safetensors"' temperature 0.3 seed 3 corpus_chars 6932 held_out_chars 1980 \
        trained_on_corpus true
    [[ $(all_of_json) == *'"held_out_share": 1.0'* ]] || complain 'all of this text is in what came before'
}

@test "what a model writes is what sample prints with the same seed" {
    local text
    text=$(cat text.txt)
    printf %s "${text:0:6932}" >learned
    of_model --corpus learned --json
    ends 0
    holds trained_on_corpus false held_out_chars null
    local shares
    shares=$(all_of_json)
    "$LETRA" sample model.safetensors --threads 1 -n 2000 -t 0.3 --seed 3 >written
    truncate -s "$(($(stat -c %s written) - 1))" written # the newline that sample adds
    letra novelty written --corpus learned --json
    ends 0
    holds chars 2000
    output=$(all_of_json | sed 's/"file": "written"/"file": null/g')
    [ "${shares#*copied}" = "${output#*copied}" ] || complain 'others than of the model:' "$shares"
}

@test "a seed that was drawn is shown, and --greedy is temperature 0" {
    letra novelty model.safetensors --corpus text.txt --threads 1 -n 100
    ends 0
    [[ $stderr =~ ^seed\ ([0-9]+)$ ]] || complain 'no seed'
    says "temperature 1, seed ${BASH_REMATCH[1]}"
    letra novelty model.safetensors --corpus text.txt --threads 1 -n 100 --seed 3 --greedy
    says 'wrote: temperature 0, seed 3'
}

@test "a corpus that is not the model's is compared as a whole, in the model's own way" {
    of_model --corpus corpus
    ends 0
    says 'corpus    corpus: 70 characters; the model was trained on another text'
    [[ $output != *'held out'* ]] || complain 'nothing was held out'
    "$LETRA" train text.txt -o upper.safetensors "${small[@]}" --epochs 0.2 --drop-lines fox --case lower -q
    letra novelty upper.safetensors --corpus text.txt --threads 1 -n 20 --seed 1
    ends 0
    says 'corpus    text.txt: 3,276 characters that the model was trained on' \
        'in the text and in the corpus (as it was cleaned)'
}

@test "a text that is the corpus, or one piece of it" {
    letra novelty text.txt --corpus text.txt
    ends 0
    says 'in copies of 320 or more  100.00 %' 'the longest copy             9,902' 'The text is the corpus itself.' \
        '9,902 characters: line 1, character 1; text.txt, line 1, character 1' ' ... '
    [ "$(awk '{ print length }' <<<"$output" | sort -n | tail -n 1)" -le 120 ] || complain 'a long line'
    letra novelty text.txt --corpus text.txt --json
    holds text_is_corpus true text_is_one_copy true longest 9902
    tail -n 3 text.txt >piece
    letra novelty piece --corpus text.txt
    says 'All of the text stands in the corpus in one piece.' "text.txt, line 258, character 1"
    [[ $output != *itself* ]] || complain 'it is not the corpus'
    letra novelty piece --corpus text.txt --json
    holds text_is_corpus false text_is_one_copy true
}

@test "a passage that the corpus has again and again is at its first place" {
    printf 'El niño comió piña; 漢字 too!\n' >piece
    letra novelty piece --corpus text.txt
    says '28 characters: line 1, character 1; text.txt, line 2, character 1 (the first of 130)'
}

@test "--passages: how many are listed" {
    of_model --corpus text.txt --passages 2
    [ "$(grep -c 'characters: line' <<<"$output")" -eq 2 ] || complain 'not two'
    says 'The longest copies, with the places in the text and in the corpus'
    of_model --corpus text.txt --passages 0
    ends 0
    [[ $output != *'The longest cop'* ]] || complain 'there are passages'
    of_model --corpus text.txt --passages 0 --json
    [[ $(all_of_json) == *'"passages": []'* ]] || complain 'there are passages'
}

@test "both texts are read alike: newlines, NFC, the mark at the start" {
    printf '\xEF\xBB\xBFein fu\xCC\x88nfter, sechster\r\nund siebter Teil\r\n' >one
    printf 'ein f\xC3\xBCnfter, sechster\nund siebter Teil\n' >two
    letra novelty one --corpus two
    says 'The text is the corpus itself.' 'one: 39 characters'
    letra novelty one --corpus two --unit byte
    says 'one: 46 bytes' 'in copies of 20 or more     0.00 %' 'bytes: line 1, byte '
    letra novelty one --corpus two --unit grapheme
    says 'one: 39 graphemes'
}

@test "bytes that characters share are no copy" {
    printf 'éééééééééééééééééééé' >one
    printf 'èèèèèèèèèèèèèèèèèèèè\u01e9' >two
    letra novelty one --corpus two
    ends 0
    says 'the longest copy                 0'
    [[ $output != *'The longest cop'* ]] || complain 'there is none'
    letra novelty one --corpus two --unit byte
    says 'the longest copy                 1'
}

@test "white space alone is no copy" {
    printf 'a%50sb\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nc' '' >one
    printf 'x%60sy\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nz' '' >two
    letra novelty one --corpus two
    says 'the longest copy                 0'
    printf 'x%60sb' '' >two
    letra novelty one --corpus two
    says 'the longest copy                51' "[$(printf '%50s' '')b]"
}

@test "records: copies end with them, and those that the corpus has are counted" {
    local k
    for k in $(seq 1 40); do printf 'a%db\n' $((k % 7)); done >names
    "$LETRA" train names -o names.safetensors "${small[@]}" --records --epochs 60 -q
    letra novelty names.safetensors --corpus names --threads 1 -n 400 --seed 1 -t 0.3 --json
    ends 0
    holds trained_on_corpus true held_out_chars null longest 3 corpus_chars 120
    local records copied
    records=$(found records) copied=$(found copied_records)
    [ "$records" -ge 70 ] && [ "$copied" -ge 1 ] && [ "$copied" -le "$records" ] || complain 'records'
    letra novelty names.safetensors --corpus names --threads 1 -n 400 --seed 1 -t 0.3
    says "  $copied of $records records are in the corpus, each as a whole" 'characters: line '
}

@test "a model of bytes is compared in bytes" {
    "$LETRA" train text.txt -o bytes.safetensors "${small[@]}" --unit byte --epochs 2 -q
    letra novelty bytes.safetensors --corpus text.txt --threads 1 -n 500 --seed 1
    ends 0
    is_silent
    says 'text      500 bytes that bytes.safetensors wrote' 'Copied, in bytes' 'corpus    text.txt: 9,731 bytes'
}

@test "several corpora, folders, and standard input" {
    mkdir folder
    cp corpus folder/two.txt
    cp text.txt folder/one.txt
    echo other >folder/note.md
    letra novelty story --corpus folder --include '*.txt'
    ends 0
    says 'corpus    folder (2 files): 9,972 characters' 'folder/two.txt, line 2, character 2'
    letra novelty story --corpus text.txt --corpus corpus
    says 'corpus    text.txt and 1 more: 9,972 characters' 'corpus, line 2, character 2'
    letra novelty story --corpus folder --corpus corpus --include '*.md'
    ends 0
    says 'corpus    folder and 1 more (2 files): 76 characters'
    run --separate-stderr bash -c '"$LETRA" novelty - --corpus corpus <story'
    ends 0
    says 'text      standard input: 59 characters' 'in copies of 20 or more    57.63 %'
    run --separate-stderr bash -c '"$LETRA" novelty story --corpus - <corpus'
    ends 0
    says 'corpus    standard input: 70 characters' 'standard input, line 2, character 2'
    run --separate-stderr bash -c '"$LETRA" novelty <(cat story) --corpus <(cat corpus)'
    ends 0
    says 'in copies of 20 or more    57.63 %'
}

@test "a text in a folder: --include is for it, too, and places name its files" {
    mkdir stories
    cp story stories/two.txt
    echo 'Nothing of that here.' >stories/one.txt
    echo other >stories/note.md
    letra novelty stories --corpus corpus --include '*.txt'
    ends 0
    says 'text      stories: 81 characters' \
        '  34 characters: stories/two.txt, line 2, character 11; corpus, line 2, character 2'
    letra novelty stories --corpus corpus --include '*.txt' --json
    [[ $(all_of_json) == *'"file": "stories/two.txt", "line": 2, "char": 11, '* ]] || complain 'no file'
    letra novelty stories --corpus stories --include '*.md'
    says 'text      stories: 6 characters' 'corpus    stories (1 file): 6 characters'
    letra novelty stories --corpus corpus --include '*.tex'
    ends 1 'stories'
    letra novelty model.safetensors --corpus text.txt --threads 1 -n 20 --seed 1 --json
    [[ $(all_of_json) == *'"file": null, '* ]] || complain 'a file of what a model wrote'
}

@test "repeats of one copy hide no other" {
    local header='here begins another page of it:'
    yes "$header" | head -n 5000 | nl >pages
    echo 'a sentence that is copied' >>pages
    printf '%s\n' "$header" 'a sentence that is copied' | tac >source
    letra novelty pages --corpus source
    ends 0
    says "[$header" '[a sentence that is copied↵]'
    [ "$(grep -c 'characters: line' <<<"$output")" -eq 2 ] || complain 'not two passages'
}

@test "places in the corpus are counted without overlaps" {
    printf '%040d' 0 >zeros
    printf '%020d' 0 >twenty
    letra novelty twenty --corpus zeros
    says '(the first of 2)'
}

@test "control characters of texts and names are shown, not obeyed" {
    printf 'before \e[31mred and some more words\e[0m after' >$'odd\e[1m'
    printf 'once \e[31mred and some more words\e[0m twice' >corpus
    letra novelty $'odd\e[1m' --corpus corpus
    ends 0
    says 'odd\e[1m' '[e \e[31mred and some more words\e[0m ]'
    [[ $output != *$'\e'* ]] || complain 'an escape came through'
}

@test "a wrong command line" {
    letra novelty
    ends 2 'letra: MODEL-OR-TEXT is missing' 'novelty --help'
    letra novelty story
    ends 2 'letra: --corpus is missing, the text that copies are looked for in: ' 'novelty MODEL-OR-TEXT --corpus TEXT'
    letra novelty story corpus
    ends 2 "letra: 'corpus' is one argument too many"
    letra novelty - --corpus -
    ends 2 "letra: '-' can be given once"
    letra novelty story --corpus - --corpus -
    ends 2 "letra: '-' can be given once"
    letra novelty story --corpus corpus --temperature 0.5
    ends 2 'letra: --temperature says how a model writes, and story is a text'
    letra novelty story --corpus corpus -n 10
    ends 2 'letra: --length says how a model writes, and story is a text'
    letra novelty model.safetensors --corpus corpus --unit byte
    ends 2 'letra: --unit is for texts; model.safetensors is a model, which has its own'
    letra novelty model.safetensors --corpus corpus --greedy -t 0.5
    ends 2 '--greedy is --temperature 0'
    letra novelty model.safetensors --corpus corpus -n 0
    ends 2 '--length 0: must be from 1 to'
    letra novelty story --corpus model.safetensors
    ends 2 'letra: model.safetensors is a model, and --corpus is a text; the model comes first: '
    letra novelty model.safetensors --corpus corpus --corpus model.safetensors
    ends 2 'letra: model.safetensors is a model, and --corpus is a text'
    letra novelty story --corpus corpus --include '*.txt'
    ends 1 "letra: --include '*.txt' is for folders"
}

@test "texts and models that cannot be read" {
    letra novelty missing --corpus corpus
    ends 1 'letra: cannot open missing: No such file or directory'
    letra novelty missing.safetensors --corpus corpus --seed 1
    ends 1 'letra: cannot open missing.safetensors: No such file or directory'
    letra novelty story --corpus missing
    ends 1 'letra: cannot open missing: No such file or directory'
    : >empty
    letra novelty empty --corpus corpus
    ends 1 'letra: empty is empty: there is nothing to compare'
    letra novelty story --corpus empty
    ends 1 'letra: empty is empty: there is nothing to compare'
    letra novelty model.safetensors --corpus empty --seed 1
    ends 1 'letra: empty is empty: there is nothing to compare'
    printf 'ab\nc\xFF' >invalid
    letra novelty invalid --corpus corpus
    ends 1 'letra: invalid: line 2, byte 4: 0xFF is not valid UTF-8'
    letra novelty story --corpus invalid
    ends 1 'letra: invalid: line 2, byte 4: 0xFF is not valid UTF-8' '--unit byte'
    letra novelty story --corpus invalid --unit byte
    ends 0
    printf 'a\0b, and then the quick brown fox jumps' >binary
    letra novelty binary --corpus corpus
    ends 1 'letra: binary: bytes 0 to 7 claim' 'if it is a text, --unit byte reads it'
    letra novelty binary --corpus corpus --unit byte
    ends 0
    says 'text      binary: 39 bytes' 'the longest copy                24'
    head -c 900 model.safetensors >broken
    letra novelty broken --corpus corpus
    ends 1 'letra: broken: '
    [ -z "$output" ] || complain 'expected nothing on standard output'
}

@test "too little memory is said before it is taken" {
    ! grep -q __asan_init "$LETRA" || skip 'AddressSanitizer takes all addresses for itself'
    yes 'The lazy dog sleeps.' | head -c 50000000 >large
    run --separate-stderr bash -c 'ulimit -v 300000 && "$LETRA" novelty story --corpus large'
    ends 1 'letra: looking for copies would take 0.3 GB more memory, and ' ' GB are free'
    run --separate-stderr bash -c 'ulimit -v 130000 && yes "The lazy dog" | "$LETRA" novelty story --corpus -'
    ends 1 'letra: the text does not fit into memory: ' ' MB of it are there, and it goes on'
}

# has_ended PID: after an interrupt it has
has_ended() {
    ! kill -INT "$1" 2>kill_words
}

@test "Ctrl-C ends the writing" {
    "$LETRA" novelty model.safetensors --corpus text.txt -n 2G --threads 1 >out 2>err 3>&- &
    local process=$!
    until_true grep -q seed err
    until_true has_ended "$process"
    status=0
    wait "$process" || status=$?
    output=$(cat out) stderr=$(cat err)
    ends 130 seed
    [ -z "$output" ] || complain 'there is a report'
}

@test "a standard output that is full is an error" {
    run --separate-stderr bash -c '"$LETRA" novelty story --corpus corpus >/dev/full'
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c 'set -o pipefail; "$LETRA" novelty story --corpus corpus | true'
    ends 0
    is_silent
}
