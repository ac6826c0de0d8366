#!/usr/bin/env bats
# letra train --replace, --drop-lines, --keep-lines, --from, --to: a text cleaned by patterns.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    make_book >book.txt
}

# A book with what Project Gutenberg puts around it.
make_book() {
    local k
    printf 'The Project GUTENBERG EBook\nLICENCE\n\n*** START OF THIS BOOK ***\n'
    for k in $(seq 1 100); do
        printf 'the quick brown fox [%d] jumps\n# a note %d\n' "$k" "$k"
    done
    printf '*** END OF THIS BOOK ***\nDONATIONS\n'
}

# train ARGUMENT...
train() {
    letra train book.txt -o model.safetensors "${small[@]}" --epochs 0.2 "$@"
}

header=(--from '^\*\*\* START.*\R\K' --to '(?=^\*\*\* END)')

@test "the rules apply in the order given and stay with the model" {
    train "${header[@]}" --drop-lines '^#' --replace 's/ \[\d+\]//' --replace 's/ \[\d+\]//g' --keep-lines fox -q
    ends 0
    is_silent
    letra show model.safetensors
    says '  from          ^\*\*\* START.*\R\K' '  to            (?=^\*\*\* END)' '  drop-lines    ^#' \
        '  replace       s/ \[\d+\]//g' '  keep-lines    fox' 'corpus        2,600 characters'
    [[ $output != *"'#'"* && $output != *"'*'"* && $output != *"'['"* ]] || complain 'something was left in'
    [[ $output == *"  from "*"  to "*"  drop-lines "*"  replace "*"  keep-lines "* ]] || complain 'another order'
    letra show --json model.safetensors
    local rules=${output//[[:space:]]/}
    rules=${rules#*'"rules":['}
    [[ $rules == '{"from":'*'},{"to":'*'},{"drop-lines":"^#"},{"replace":'*'},{"replace":'* ]] ||
        complain 'not all of them'
}

@test "another order is another text" {

    train --replace 's/brown/quiet/g' --keep-lines quiet -q
    ends 0
    is_silent
    train --keep-lines quiet --replace 's/brown/quiet/g' -q
    ends 1 "letra: the text is empty after --keep-lines 'quiet': there is nothing to learn from"
}

@test "eval goes the same way; a prompt only through the replacements" {
    train "${header[@]}" --drop-lines '^#' --replace 's/ \[\d+\]//g' -q
    letra eval model.safetensors book.txt
    ends 0
    letra eval model.safetensors book.txt --split val
    ends 0
    is_silent
    letra sample model.safetensors --prime 'fox [7] quick' --length 0
    [ "$output" = "fox quick" ] || complain 'the prompt'
    train "${header[@]}" --drop-lines '^#' --keep-lines 'never typed|fox' -q
    letra sample model.safetensors --prime 'the quick' --length 0
    [ "$output" = "the quick" ] || complain 'lines of a prompt are not dropped'
}

@test "a rule that matches nothing is said, and so are files without a place to cut" {
    train --drop-lines nowhere -q
    ends 0 "letra: warning: --drop-lines 'nowhere' matched nothing"
    train --from quick -q
    ends 0
    is_silent
    printf 'another book\n' >other.txt
    letra train book.txt other.txt -o model.safetensors "${small[@]}" --epochs 0.2 "${header[@]}" -q
    ends 0 "letra: warning: --from '^\*\*\* START.*\R\K' matched in 1 of 2 files; the others stay whole" \
        "letra: warning: --to '(?=^\*\*\* END)' matched in 1 of 2 files"
}

@test "a pattern that does not compile is shown with a caret at the place" {
    train --drop-lines 'a(b'
    ends 2 $'letra: --drop-lines \'a(b\': missing closing parenthesis at offset 3 of the pattern\n    a(b\n       ^\n'
    train --from 'ñ漢)'
    ends 2 $'offset 2 of the pattern\n    ñ漢)\n       ^\n'
    train --replace 's/a/$2/'
    ends 2 $'there is no such group at offset 2 of the replacement\n    $2\n      ^\n'
    train --to ''
    ends 2 "letra: --to '': the pattern is empty"
    train --keep-lines $'\xff'
    ends 2 "the pattern is not valid UTF-8"
    [ ! -e model.safetensors ] || complain 'a model is there'
}

@test "a pattern that would run for ever is named, with the file" {
    printf 'a%.0s' $(seq 1 5000) >>book.txt
    local option
    for option in --drop-lines --keep-lines --from --to; do
        train "$option" '(a+)+[bc]'
        ends 1 "letra: book.txt: $option '(a+)+[bc]': the pattern backtracks too much on this text"
    done
}

@test "a pattern that matches everything leaves nothing to learn from" {
    train --drop-lines '.*'
    ends 1 "letra: the text is empty after --drop-lines '.*': there is nothing to learn from"
    train --from '\z'
    ends 1 "letra: the text is empty after --from '\\z'"
    train --to '^'
    ends 1 "letra: the text is empty after --to '^'"
    [ ! -e model.safetensors ] || complain 'a model is there'
}

@test "--init-from takes the rules along" {
    train --drop-lines '^#' --replace 's/\d//g' -q
    cp model.safetensors start.safetensors
    train --init-from start.safetensors -q
    ends 0
    letra show model.safetensors
    says '  drop-lines    ^#'
    local option
    for option in --drop-lines --keep-lines --from --to; do
        train --init-from start.safetensors "$option" x
        ends 1 "letra: $option: the text goes the way that the text of start.safetensors went"
    done
}

@test "bytes have rules, too" {
    printf 'caf\xe9 %d\n\xff\n' $(seq 1 300) >book.txt
    train --unit byte --drop-lines '\xFF' --replace $'s/\xe9/e/g' --from 'f' -q
    ends 0
    is_silent
    [ "$(shown model.safetensors vocabulary)" = 16 ] || complain 'a byte is left'
}
