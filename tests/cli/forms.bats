#!/usr/bin/env bats
# letra train --normalize, --newlines, --case, --invalid: what becomes of the text, then and later.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    yes $'Cafe\xcc\x81 \xef\xac\x81 STRASSE Stra\xc3\x9fe\r' | head -n 100 >text.txt
}

# train ARGUMENT...
train() {
    letra train text.txt -o model.safetensors "${small[@]}" --epochs 0.5 "$@"
}

# knows COUNT SYMBOL...: the model's symbols are so many, and each of these is among them
knows() {
    local symbol
    [ "$(shown model.safetensors vocabulary)" = "$1" ] || complain "not $1: $(shown model.safetensors vocabulary)"
    letra show model.safetensors
    shift
    for symbol in "$@"; do
        says "'$symbol' "
    done
}

@test "without a word: NFC, and newlines are one character" {
    train
    ends 0
    letra show model.safetensors
    says "unit          char (UTF-8, NFC, newlines lf)"
    [[ $output != *"'\\r'"* ]] || complain 'a carriage return'
    says "'é' 100" "'ﬁ' 100" "'ß' 100" "'\\n' 100"
}

@test "each form of Unicode" {
    train --normalize nfd
    knows 16 e ﬁ
    says "U+0301 100" "UTF-8, NFD"
    train --normalize nfkc
    letra show model.safetensors
    says "'é' 100" "'f' 200" "UTF-8, NFKC"
    train --normalize nfkd
    letra show model.safetensors
    says "U+0301 100" "'f' 200" "UTF-8, NFKD"
    train --normalize none
    letra show model.safetensors
    says "U+0301 100" "'ﬁ' 100" "unit          char (UTF-8, newlines lf)"
}

@test "newlines can be kept, letters made small or folded" {
    train --newlines keep
    letra show model.safetensors
    says "'\\r' 100" "unit          char (UTF-8, NFC)"
    train --case lower
    letra show model.safetensors
    says "'ß' 100" "'s' 400" "small letters"
    [[ $output != *"'S'"* ]] || complain 'a capital'
    train --case fold
    letra show model.safetensors
    says "'s' 600" "'f' 200" "case folded"
    [[ $output != *"'ß'"* ]] || complain 'not folded'
}

@test "the model takes prompts, stop texts and other files the same way" {
    train --case fold --normalize nfkc
    letra sample model.safetensors --prime $'CAFE\xcc\x81 ﬁ ß\r\n' --length 3 --seed 1
    ends 0
    [[ $output == $'café fi ss\n'* ]] || complain 'the prime'
    letra sample model.safetensors --stop 'STRASSE' --length 3 --seed 1
    ends 0
    [[ $stderr != *'will never come'* ]] || complain 'the stop text'
    printf 'STRASSE\r\ncafe\xcc\x81\r\n' >other.txt
    letra eval model.safetensors other.txt --json
    ends 0
    says '"chars": 12'
    letra eval model.safetensors text.txt --split val
    ends 0
}

@test "bytes that are no UTF-8 are refused, replaced or left out" {
    printf 'se\xf1or\ny \xff\xfe\n' >>text.txt
    train
    ends 1 "text.txt: line 101, byte 2802: 0xF1 is not valid UTF-8"
    train --invalid replace
    ends 0 "warning: 3 bytes are no UTF-8 and replaced by U+FFFD; the first at text.txt: line 101, byte 2802"
    letra show model.safetensors
    says "'�' 3" "invalid bytes U+FFFD"
    train --invalid skip
    ends 0 "warning: 3 bytes are no UTF-8 and left out; the first at text.txt: line 101, byte 2802"
    letra show model.safetensors
    says "invalid bytes left out"
    [[ $output != *'�'* ]] || complain 'not left out'
    letra eval model.safetensors text.txt
    ends 0 "warning: 3 bytes are no UTF-8 and left out"
    letra sample model.safetensors --prime $'se\xf1o' --length 1 --seed 1
    ends 0
    [[ $output == seo* ]] || complain 'the prime'
}

@test "bytes are read as they are, and who asks for more is told" {
    train --unit byte
    letra show model.safetensors
    says "unit          byte" "'\\r' 100" "byte 0xCC 100"
    local option
    for option in '--normalize nfd' '--newlines lf' '--case fold' '--invalid skip'; do
        # shellcheck disable=SC2086
        train --unit byte $option
        ends 2 "${option%% *}: --unit byte reads bytes as they are"
    done
    train --normalize nfe
    ends 2 "unknown form 'nfe'; did you mean 'nfc'?"
}
