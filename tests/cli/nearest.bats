#!/usr/bin/env bats
# --unknown nearest: prompts with characters that the model does not know are read as what is like them.
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

@test "sample: letters without case or accents, quotes and dashes; a note says which" {
    letra sample "$model" --prime 'The FOX; Él' --unknown nearest -n 0 --seed 1
    ends 0 "--prime: read 'F' (U+0046) as 'f', 'O' (U+004F) as 'o', 'X' (U+0058) as 'x', 'É' (U+00C9) as 'E'"
    [ "$output" = 'The fox; El' ]
    letra sample "$model" --prime 'The fox ' --unknown nearest -n 20 --seed 1
    is_silent
    local plain=$output
    letra sample "$model" --prime 'The foX ' --unknown nearest -n 20 --seed 1
    [ "$output" = "$plain" ]
    letra sample "$model" --prime 'ﬁX' --unknown nearest -n 0 --seed 1 --format jsonl
    ends 0 "'ﬁ' (U+FB01) as 'f' 'i'"
    says '"prime":"fix","text":""' '"unknown":"nearest"'
}

@test "what has nothing near it is named, and nothing is written" {
    letra sample "$model" --prime 'FOX жж ⌘' --unknown nearest --seed 1
    ends 1 "letra: --prime: the model does not know 'ж' (U+0436), '⌘' (U+2318), nor anything near;" \
        "--unknown skip leaves them out"
    [ -z "$output" ]
    letra sample "$model" --prime 'FOX' --seed 1
    ends 1 "'X' (U+0058); --unknown skip leaves them out, --unknown nearest reads them as what is like them"
    printf 'The FO\nж' >prime
    letra sample "$model" --prime-file prime --unknown nearest --seed 1
    ends 1 "prime: the model does not know 'ж' (U+0436), nor anything near"
}

@test "repl: each line; what cannot be read is left out" {
    run --separate-stderr bash -c 'printf "The FOX\nж\nEl NIÑO\n" |
        "$LETRA" repl "$1" --threads 1 --unknown nearest -n 0 --seed 1' x "$model"
    ends 1 "standard input: line 1: read 'F' (U+0046) as 'f'" "line 2: the model does not know 'ж' (U+0436)" \
        "line 3: read 'N' (U+004E) as 'n', 'I' (U+0049) as 'i', 'Ñ' (U+00D1) as 'ñ', 'O' (U+004F) as 'o'"
    [ "$output" = $'The fox\nEl niño' ]
}

@test "graphemes have near ones, bytes have none, and eval measures no other text" {
    printf 'x\u0302 y%.0s' $(seq 1 100) >graphemes.txt
    "$LETRA" train graphemes.txt -o graphemes.safetensors "${small[@]}" --unit grapheme --epochs 0.2 -q
    letra sample graphemes.safetensors --prime $'X\u0302Y\u0302' --unknown nearest -n 0 --seed 1
    ends 0 '(U+0058 U+0302) as' "(U+0176) as 'y'"
    [ "$output" = $'x\u0302y' ]
    "$LETRA" train graphemes.txt -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.2 -q
    letra sample bytes.safetensors --prime x --unknown nearest --seed 1
    ends 1 "letra: --unknown nearest: the model reads bytes, of which none is near another; take skip or error"
    [ -z "$output" ]
    letra repl bytes.safetensors --unknown nearest --seed 1 </dev/null
    ends 1 "--unknown nearest: the model reads bytes"
    letra eval "$model" graphemes.txt --unknown nearest
    ends 2 "--unknown: unknown action 'nearest' (there is: error, skip)"
    letra sample "$model" --unknown neerest
    ends 2 "did you mean 'nearest'? (there is: error, skip, nearest)"
}
