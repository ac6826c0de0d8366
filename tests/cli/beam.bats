#!/usr/bin/env bats
# letra sample --beam: the likeliest texts, and what cannot be asked for along with it.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    model=$BATS_TEST_DIRNAME/../../models/letra-english.safetensors
}

# beam WIDTH ARGUMENT...: what it writes after a prime, to the byte, into out
beam() {
    local width=$1
    shift
    status=0
    "$LETRA" sample "$model" --threads 1 --prime 'The lighthouse ' --beam "$width" "$@" >out 2>messages || status=$?
    # shellcheck disable=SC2034 # is_silent looks at it
    stderr=$(cat messages)
    output=$(cat out)
    ends 0
}

@test "a beam of 1 is greedy, to the byte" {
    "$LETRA" sample "$model" --threads 1 --prime 'The lighthouse ' --greedy --seed 1 -n 300 >greedy
    beam 1 -n 300
    is_silent # no seed: nothing is drawn
    cmp out greedy
    "$LETRA" sample "$model" --threads 1 --prime 'The lighthouse ' --greedy --seed 1 --stop 'st' --no-echo >greedy
    beam 1 --stop 'st' --no-echo
    cmp out greedy
}

# nats TEXT: what the model says of it, in millionths
nats() {
    printf %s "$1" >text
    "$LETRA" eval "$model" text --json --threads 1 |
        awk -F '[:,]' '/nats_per_char/ { nats = $2 } /chars"/ { chars = $2 } END { printf "%d\n", 1e6 * nats * chars }'
}

@test "a wide beam finds a likelier text than a greedy one, and always the same" {
    local greedy
    beam 1 -n 60
    greedy=$(nats "$output")
    beam 20 -n 60
    cp out first
    [ "$(nats "$output")" -lt "$greedy" ] || complain "no likelier than $greedy"
    beam 20 -n 60
    cmp out first
}

@test "--count: the best of them, the likeliest first; --stop ends them" {
    local text last=0
    beam 8 --count 3 --stop . -n 200
    [ "$(grep -c '^---$' out)" -eq 2 ]
    beam 8 --count 4 -n 40
    cp out four
    grep -v '^---$' four | sort | uniq -d >same
    [ ! -s same ] || complain 'twice the same text'
    beam 8 -n 40
    cmp out <(sed '/^---$/,$d' four)
    while read -r text; do
        [ "$(nats "$text")" -gt "$last" ] || complain "'$text' is likelier than the one before"
        last=$(nats "$text")
    done < <(grep -v '^---$' four)
    [ "$last" -gt 0 ]
}

@test "what draws, keeps to a pattern or is more than the beam has is refused" {
    local option
    for option in '--temperature 1' '-t 0' '--top-k 3' '--top-p 0.5' '--min-p 0.1' '--typical-p 0.5' --greedy \
        '--repeat-penalty 2' '--repeat-window 3' '--seed 1'; do
        # shellcheck disable=SC2086
        letra sample "$model" --beam 3 $option
        option=${option%% *}
        [ "$option" != -t ] || option=--temperature
        ends 2 "--beam looks for the text that is likeliest by the model's own probabilities" \
            "leave out $option, or --beam"
    done
    for option in --match --forbid --stop-regex; do
        letra sample "$model" --beam 3 "$option" a
        ends 2 "--beam knows no patterns: leave out $option, or --beam"
    done
    letra sample "$model" --beam 3 --format jsonl
    ends 2 "--format jsonl tells what was drawn, and --beam draws nothing: give one"
    letra sample "$model" --beam 3 --count 4
    ends 2 "--count 4: --beam 3 finds 3 texts: give --beam 4 or more"
    letra sample "$model" --beam 0
    ends 2 "--beam 0: must be from 1 to 4096, or 'off'"
    letra sample "$model" --beam many
    ends 2 "--beam many: 'many' is not a whole number, nor 'off'"
    letra sample "$model" --beam off --seed 1 -n 1
    ends 0
    letra sample "$model" --beam 3 --until-end
    ends 1 "--until-end: nothing would end the text"
}

@test "SIGINT ends it with the best so far, and status 130" {
    "$LETRA" sample "$model" --threads 1 --beam 2 -n 1G --prime 'The ' >out 3>&- &
    local pid=$!
    sleep 1
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    grep -q '^The ' out
    [ "$(wc -c <out)" -gt 100 ]
}
