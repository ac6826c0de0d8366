#!/usr/bin/env bats
# letra with the scripts of the world: every --unit through train, eval, sample and the REPL.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

# A small text in nine scripts; some of it not NFC, and with graphemes of many code points.
make_scripts() {
    local k
    for k in $(seq 1 20); do
        printf '%s\n' 'El niño comió piña en el jardín.' 'Все счастливые семьи похожи друг на друга.' \
            'Μῆνιν ἄειδε θεὰ Πηληϊάδεω Ἀχιλῆος.' '道可道,非常道。名可名,非常名。' 'いろはにほへと ちりぬるを ガギグゲゴ' \
            'كَتَبَ الوَلَدُ الدَّرْسَ' 'नमस्ते दुनिया, कैसे हो?' '안녕하세요 세계' '👨‍👩‍👧 🇪🇸 👍🏽 ❤️ 🦊'
        printf 'cafe\xcc\x81 %d \xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\n' "$k"
    done
}

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_scripts >text.txt
    local unit
    for unit in char grapheme byte; do
        "$LETRA" train text.txt -o "$unit.safetensors" "${small[@]}" --unit "$unit" --epochs 2 -q
    done
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

@test "the unit is told by train and show" {
    local unit
    for unit in char grapheme byte; do
        letra train text.txt -o told.safetensors "${small[@]}" --unit "$unit" --epochs 0.1
        ends 0
        [ "$(shown "$unit.safetensors" unit)" = "\"$unit\"" ] || complain "show: $unit"
    done
    [[ $stderr == *" bytes, a vocabulary of "* ]] || complain 'bytes'
    letra show grapheme.safetensors
    says "unit          grapheme (UTF-8, NFC, newlines lf)" "'👨‍👩‍👧' 20" "'🇪🇸' 20" "'👍🏽' 20" "'é' 20" "'한' 20"
    letra show char.safetensors
    says "unit          char (UTF-8, NFC, newlines lf)" "U+200D 40" "'é' 20"
}

@test "each evaluates every unit of its text but the first" {
    local unit count
    for unit in char grapheme byte; do
        letra eval "$unit.safetensors" text.txt --json
        ends 0
        count=$(sed -n 's/.*"chars": \([0-9]*\).*/\1/p' <<<"$output")
        case $unit in
        byte) [ "$count" -eq $(($(wc -c <text.txt) - 1)) ] || complain "$unit $count" ;;
        char) [ "$count" -gt 4000 ] || complain "$unit $count" ;;
        grapheme) [ "$count" -gt 3000 ] && [ "$count" -lt 4400 ] || complain "$unit $count" ;;
        esac
    done
}

@test "each writes after a prime in every script, and the prime comes back in one form" {
    local unit line
    for unit in char grapheme byte; do
        while IFS= read -r line; do
            letra sample "$unit.safetensors" --prime "$line" --length 5 --seed 1 --threads 1
            ends 0
            [[ $output == "$line"* ]] || complain "$unit: $line"
        done < <(head -n 9 text.txt)
    done
    letra sample grapheme.safetensors --prime $'cafe\xcc\x81' --length 1 --seed 1 --threads 1
    [[ $output == 'café'* ]] || complain 'NFC'
    letra sample byte.safetensors --prime $'cafe\xcc\x81' --length 1 --seed 1 --threads 1
    [[ $output == $'cafe\xcc\x81'* ]] || complain 'bytes stay as they are'
}

@test "a stop text may be a grapheme, and the length counts graphemes" {
    letra sample grapheme.safetensors --prime '👨‍👩‍👧' --no-echo --length 400 --stop '🇪🇸' --seed 3 --threads 1
    ends 0
    [[ $output != *'🇪🇸'* ]] || complain 'it went on'
    yes '🇪🇸👨‍👩‍👧é' | head -n 2000 | tr -d '\n' >three.txt
    letra train three.txt -o three.safetensors "${small[@]}" --unit grapheme --epochs 3 -q
    letra sample three.safetensors --prime '🇪🇸' --no-echo --length 30 --temperature 0.01 --seed 1 --threads 1
    [ "$output" = "$(printf '👨‍👩‍👧é🇪🇸%.0s' 1 2 3 4 5 6 7 8 9 10)" ] || complain 'thirty graphemes'
}

@test "the REPL reads and writes every unit" {
    local unit
    for unit in char grapheme byte; do
        run --separate-stderr bash -c 'printf "%s\n" "道可道" "नमस्ते" "👍🏽" |
            "$LETRA" repl "$1" --seed 1 --length 5 --threads 1' x \
            "$unit.safetensors"
        ends 0
        says '道可道' 'नमस्ते' '👍🏽'
    done
}

@test "what a model does not know is named as its unit has it" {
    letra sample grapheme.safetensors --prime '🇫🇷' --threads 1
    ends 1 "--prime: the model does not know '🇫🇷' (U+1F1EB U+1F1F7)"
    letra sample char.safetensors --prime 'Ж🇫' --threads 1
    ends 1 "the model does not know 'Ж' (U+0416), '🇫' (U+1F1EB)"
    printf 'El niño\n🇫🇷' >other.txt
    letra eval grapheme.safetensors other.txt
    ends 1 "other.txt: line 2, byte 9: the model does not know '🇫🇷' (U+1F1EB U+1F1F7); unknown graphemes in all: 1"
}

@test "a model of another unit is no start" {
    letra train text.txt -o new.safetensors "${small[@]}" --unit grapheme --init-from char.safetensors --epochs 0.1
    ends 1 "--unit"
    [ ! -e new.safetensors ]
}

@test "the bytes of War and Peace are those of the literature" {
    local book=$BATS_TEST_DIRNAME/../../../shared/data/warpeace_input.txt
    [ -f "$book" ] || skip "no ../shared/data/warpeace_input.txt"
    letra train "$book" -o book.safetensors "${small[@]}" --unit byte --epochs 0.001
    ends 0 "3,258,246 bytes, a vocabulary of 87, 3.26 MB"
}
