#!/usr/bin/env bats
# letra train --min-count: one symbol for all that are too rare.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    make_text >text.txt
    printf 'Zß€\n' >>text.txt
}

# train ARGUMENT...
train() {
    letra train text.txt -o model.safetensors "${small[@]}" --epochs 1 "$@"
}

@test "rare symbols are one, which is counted, said and never written" {
    train --min-count 2
    ends 0 "rare    3 symbols that occur less than 2 times are one: 3 of the text"
    letra show model.safetensors
    says "  min-count     2" "rare 3"
    [[ $output != *"'Z'"* && $output != *"'ß'"* ]] || complain 'a rare one is known'
    letra sample model.safetensors --temperature 20 --length 20000 --seed 1
    ends 0
    [[ $output != *$'\xef\xbf\xbd'* && $output != *$'\xff'* ]] || complain 'the rare symbol was written'
}

@test "what the model does not know is the rare symbol, in eval and in prompts" {
    train --min-count 2 -q
    printf 'Ωmega and alpha\nThe quick brown fox\n' >other.txt
    letra eval model.safetensors other.txt
    ends 0
    says "characters   35"
    letra sample model.safetensors --prime 'fΩx' --length 0
    ends 0
    [ "$output" = "f"$'\xef\xbf\xbd'"x" ] || complain 'not U+FFFD for it'
    train -q
    letra eval model.safetensors other.txt
    ends 1 "the model does not know 'Ω' (U+03A9)"
}

@test "without anything rare there is no such symbol" {
    make_text >text.txt
    train --min-count 2
    ends 0
    [[ $stderr != *rare* ]] || complain 'nothing is rare'
    letra show model.safetensors
    ends 0
    [[ $output != *rare* ]] || complain 'nothing is rare'
}

@test "--init-from keeps what the model knows, however rare" {
    train --min-count 2 -q
    printf 'The lazy piña.\n%.0s' $(seq 1 50) >short.txt
    printf 'q Ω\n' >>short.txt
    letra train short.txt -o next.safetensors --init-from model.safetensors --epochs 1 -q
    ends 0
    letra show next.safetensors
    says "'q' 1" "  min-count     2" "rare 1"
    [[ $output != *"'Ω'"* ]] || complain 'too rare'
}

@test "bytes and graphemes" {
    local unit
    for unit in byte grapheme; do
        train --min-count 3 --unit "$unit" -q
        ends 0
        letra show model.safetensors
        says "rare "
        letra sample model.safetensors --length 300 --seed 1 --temperature 5
        ends 0
    done
}

@test "mistakes" {
    train --min-count 100000
    ends 1 "letra: all symbols of the text occur less often than --min-count 100000 times: give a smaller one"
    train --min-count 0
    ends 2 "--min-count"
    [ ! -e model.safetensors ] || complain 'a model is there'
}
