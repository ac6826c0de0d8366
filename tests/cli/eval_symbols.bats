#!/usr/bin/env bats
# letra eval --heatmap and --jsonl: the surprise of each symbol.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model model.safetensors
    head -n 6 text.txt >some.txt
    "$LETRA" train text.txt -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.5 -q
    printf '%s\n' Ana Bela Carla Dana Elna Fana Gala >names.txt
    for _ in $(seq 1 20); do cat names.txt; done >many.txt
    "$LETRA" train many.txt -o records.safetensors "${small[@]}" --records --epochs 5 -q
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR
}

teardown() {
    tmux -L heat kill-server 2>/dev/null || true
}

# mean_nats: of the symbols in $output
mean_nats() {
    grep '"nats":[0-9]' <<<"$output" | sed 's/.*"nats":\([-0-9.e]*\).*/\1/' |
        awk '{ sum += $1 } END { printf "%.9f", sum / NR }'
}

# field KEY OBJECT: a number in an object on one line
field() {
    sed -n "s/.*\"$1\":\([-0-9.e]*\)[,}].*/\1/p" <<<"$2"
}

# near A B: equal to a millionth
near() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-6 * b && b - a < 1e-6 * b) }'
}

@test "--jsonl: an object a symbol, whose mean is what plain eval says, and the figures at the end" {
    letra eval model.safetensors some.txt --threads 1 --json
    local nats
    nats=$(sed -n 's/^ *"nats_per_char": \([0-9.]*\),/\1/p' <<<"$output")
    letra eval model.safetensors some.txt --threads 1 --jsonl
    ends 0
    is_silent
    [ "${#lines[@]}" -eq "$(($(wc -m <some.txt) + 1))" ]
    near "$(mean_nats)" "$nats"
    local nothing='"nats":null,"rank":null,"likeliest":null,"likeliest_nats":null'
    [ "${lines[0]}" = "{\"position\":1,\"line\":1,\"symbol\":\"T\",$nothing}" ]
    [[ ${lines[1]} =~ ^\{\"position\":2,\"line\":1,\"symbol\":\"h\",\"nats\":[0-9.]+,\"rank\":[0-9]+,\
\"likeliest\":\".\",\"likeliest_nats\":[0-9.]+\}$ ]]
    [[ $output == *',"line":2,"symbol":"ñ",'* && $output == *'"symbol":"\n"'* && $output == *'"symbol":"漢"'* ]]
    [[ ${lines[-1]} == '{"nats_per_char":'*'"bits_per_char":'*'"perplexity":'*',"chars":'*'}' ]]
    [ "$(field chars "${lines[-1]}")" -eq $(($(wc -m <some.txt) - 1)) ]
}

@test "a part of a text: positions and lines are those of the text" {
    letra eval model.safetensors text.txt --threads 1 --split val --jsonl
    ends 0
    local first=${lines[0]}
    local position line
    position=$(field position "$first")
    line=$(field line "$first")
    [ "$position" -gt 8000 ]
    [ "$(head -n "$((line - 1))" text.txt | wc -m)" -lt "$position" ]
    [ "$(head -n "$line" text.txt | wc -m)" -ge "$position" ]
}

@test "without colours --heatmap is a table, a row a character" {
    letra eval model.safetensors some.txt --threads 1 --heatmap
    ends 0
    is_silent
    [ "${lines[0]}" = 'position     line  character    bits  likelier' ]
    [ "${lines[1]}" = "       1        1  'T'             -  not predicted: it is the first" ]
    grep -qE "^ {7}2 {8}1  'h' +[0-9]\.[0-9]{2}" <<<"$output"
    grep -qE "^ +[0-9]+ +1  '.' +0\.[0-9]{2}$" <<<"$output" # what was expected has nothing behind it
    grep -qE "^ +[0-9]+ +1  '\\\\n' +[0-9]+\.[0-9]{2}" <<<"$output"
    grep -qE "^ +[0-9]+ +2  'E' +[0-9]+\.[0-9]{2}" <<<"$output"
    grep -qE "  '漢' {6}" <<<"$output"
    grep -qE " [0-9]+\.[0-9]{2}  '.' {8} +[0-9]+\.[0-9] %$" <<<"$output"
    says "nats/char " "characters "
}

@test "the bits of the table are those of --jsonl" {
    letra eval model.safetensors some.txt --threads 1 --heatmap
    local bits
    bits=$(awk '/^ *[0-9]+ +[0-9]+  / && $0 !~ /first$/ { sub(/^ *[0-9]+ +[0-9]+  .{10} */, ""); sum += $1; n++ }
        END { printf "%.3f", sum / n }' <<<"$output")
    local said
    said=$(sed -n 's/^bits\/char *//p' <<<"$output")
    awk -v a="$bits" -v b="$said" 'BEGIN { exit !(a - b < 0.005 && b - a < 0.005) }'
}

@test "NO_COLOR and a dumb terminal get the table, too; a terminal with colours the text" {
    run bash -c 'script -qec "env TERM=xterm-256color NO_COLOR=1 \"\$LETRA\" eval model.safetensors some.txt \
        --threads 1 --heatmap" /dev/null </dev/null'
    says "position     line  character"
    [[ $output != *$'\e[38'* ]]
    run bash -c 'script -qec "env TERM=dumb \"\$LETRA\" eval model.safetensors some.txt --threads 1 --heatmap" \
        /dev/null </dev/null'
    says "position     line  character"
    [[ $output != *$'\e'* ]]
    run bash -c 'script -qec "env TERM=xterm-256color \"\$LETRA\" eval model.safetensors some.txt --threads 1 \
        --heatmap" /dev/null </dev/null'
    says "bits of surprise:" $'\e[38;5;16;48;5;203m 8 and more \e[0m' $'\e[4mT\e[0m'
    [[ $output != *position* ]]
}

# screen: what the terminal shows, with its colours
screen() {
    tmux -L heat capture-pane -p -e >screen
}

shows() {
    screen
    grep -qF "$1" screen
}

# begin COMMAND: in a terminal
begin() {
    tmux -L heat -u -f /dev/null new-session -d -x 100 -y 24 "$1; echo over; sleep 30"
    until_true shows over || { cat screen >&2 && false; }
}

@test "on a terminal: the text in its lines, coloured, with the figures behind it" {
    begin "'$LETRA' eval model.safetensors some.txt --threads 1 --heatmap"
    tmux -L heat capture-pane -p >plain
    grep -q '^bits of surprise:  below 1   1 to 2   2 to 4   4 to 6   6 to 8   8 and more  not predicted$' plain
    sed 's/↵//' plain >unmarked
    grep -qx 'The quick brown fox 1 jumps over the lazy dog.' unmarked
    grep -qx 'El niño comió piña; 漢字 too!' unmarked
    grep -q '^nats/char ' plain
    grep -q '48;5;2' screen
}

@test "control characters in a text never reach the terminal" {
    printf 'a\e[31mb\rc\007 e\xCC\x81\n%.0s' $(seq 1 60) >controls.txt
    "$LETRA" train controls.txt -o controls.safetensors "${small[@]}" --newlines keep --normalize nfd --epochs 0.2 -q
    head -n 2 controls.txt >two.txt
    begin "'$LETRA' eval controls.safetensors two.txt --threads 1 --heatmap"
    tmux -L heat capture-pane -p >plain
    sed 's/↵//' plain >unmarked
    grep -qxF $'a\\e[31mb\\rc\\x07 e\xCC\x81' unmarked
    letra eval controls.safetensors two.txt --threads 1 --heatmap
    says 'U+001B' "'\\r'" "'\\a'" 'U+0301'
    [[ $output != *$'\e'* && $output != *$'\007'* ]]
    letra eval controls.safetensors two.txt --threads 1 --jsonl
    says '"symbol":"\u001B"' '"symbol":"\u0007"'
}

@test "a model of bytes: numbers for programs, characters on a terminal" {
    printf 'El niño' >word.txt
    letra eval bytes.safetensors word.txt --threads 1 --jsonl
    ends 0
    says '"symbol":195,' '"symbol":177,' '"chars":7}'
    letra eval bytes.safetensors word.txt --threads 1 --heatmap
    says 'byte 0xC3' 'position     line  byte'
    begin "'$LETRA' eval bytes.safetensors word.txt --threads 1 --heatmap"
    tmux -L heat capture-pane -p >plain
    grep -qx 'El niño' plain
}

@test "a model of records: borders end lines, and records are counted" {
    letra eval records.safetensors names.txt --threads 1 --jsonl
    ends 0
    [[ ${lines[0]} == '{"position":1,"record":1,"symbol":"","nats":null,'* ]]
    [ "$(grep -c '"symbol":"",' <<<"$output")" -eq 8 ]
    says '"record":7,'
    [[ $output != *'"record":8,'* ]]
    letra eval records.safetensors names.txt --threads 1 --heatmap
    says 'position   record  character' '  border  '
    begin "'$LETRA' eval records.safetensors names.txt --threads 1 --heatmap"
    tmux -L heat capture-pane -p | sed 's/↵//' >plain
    for name in $(<names.txt); do
        grep -qx "$name" plain || complain "$name has no line"
    done
}

@test "as a model learns: what is shown is dynamic evaluation" {
    letra eval model.safetensors some.txt --threads 1 --dynamic --jsonl
    ends 0
    local nats
    nats=$(field dynamic_nats_per_char "${lines[-1]}")
    near "$(mean_nats)" "$nats"
}

@test "Ctrl-C ends it, with whole lines and status 130" {
    for _ in $(seq 1 60); do cat text.txt; done >long.txt
    "$LETRA" eval model.safetensors long.txt --threads 1 --jsonl >out 3>&- &
    local pid=$!
    until_true grep -q '"position":1000,' out
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    run ! grep -qvE '^\{"position":.*\}$' out
}

@test "what is written comes in time: a reader that goes away ends the work" {
    local begin whole
    for _ in $(seq 1 20); do cat text.txt; done >long.txt
    begin=${EPOCHREALTIME/[.,]/}
    "$LETRA" eval model.safetensors long.txt --threads 1 --jsonl >whole.jsonl
    whole=$((${EPOCHREALTIME/[.,]/} - begin))
    begin=${EPOCHREALTIME/[.,]/}
    run --separate-stderr bash -c 'set -o pipefail
        "$LETRA" eval model.safetensors long.txt --threads 1 --jsonl | head -n 1
        echo "${PIPESTATUS[0]}"'
    [ $((3 * (${EPOCHREALTIME/[.,]/} - begin))) -lt "$whole" ] || complain "the whole takes $whole microseconds"
    is_silent
    [ "${lines[-1]}" = 0 ]
    for form in --jsonl --heatmap; do
        run --separate-stderr bash -c '"$LETRA" eval model.safetensors text.txt --threads 1 '$form' >/dev/full'
        ends 1 "could not write to standard output: No space left on device"
    done
}

@test "one form at a time" {
    local forms
    for forms in '--json --jsonl' '--jsonl --heatmap' '--heatmap --json'; do
        # shellcheck disable=SC2086
        letra eval model.safetensors some.txt $forms
        ends 2 "--json, --jsonl and --heatmap: give one of them"
        [ -z "$output" ]
    done
}
