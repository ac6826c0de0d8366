#!/usr/bin/env bats
# letra repl: a person at a terminal, played through tmux; and as a filter.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra
load terminal

@test "it greets, answers, shows its commands, and Ctrl-D leaves with status 0" {
    begin --seed 1 --length 20
    screen_has '/help lists commands'
    type_line 'The quick '
    prompts_are 2
    [ -n "$(sed -n '/^> The quick/{n;p}' screen)" ]
    type_line /help
    screen_has '/temperature'
    screen_has '/top-p'
    screen_has '/reset'
    press C-d
    screen_has '^status=0$'
}

@test "/quit leaves too" {
    begin --seed 1
    type_line /quit
    screen_has '^status=0$'
}

@test "letters beyond ASCII are typed, edited and understood" {
    with_readline || skip 'built without Readline'
    begin --seed 1 --length 5
    type_text 'El niñoé漢字'
    press BSpace BSpace BSpace
    type_text ' 漢'
    screen_has '^> El niño 漢$'
    press Enter
    prompts_are 2
    run ! grep -q 'does not know' screen
    type_line 'é'
    screen_has "letra: the prompt: the model does not know 'é' (U+00E9); /unknown skip leaves them out"
    type_line 'T'
    prompts_are 4
    press C-d
    screen_has '^status=0$'
}

@test "settings are shown without a value, changed with one, refused when wrong" {
    begin --temperature 0.5 --length 10 --seed 9 --top-k 4 --top-p 0.9 --min-p 0.01
    type_line /temperature
    screen_has '^/temperature 0.5$'
    type_line /length
    screen_has '^/length 10$'
    type_line /seed
    screen_has '^/seed 9$'
    type_line /top-k
    screen_has '^/top-k 4$'
    type_line /top-p
    screen_has '^/top-p 0.9$'
    type_line /min-p
    screen_has '^/min-p 0.01$'
    type_line '/typical-p 0.5'
    screen_has '^/typical-p 0.5$'
    type_line '/repeat-penalty 1.2'
    screen_has '^/repeat-penalty 1.2$'
    type_line /repeat-window
    screen_has '^/repeat-window 64$'
    type_line '/temperature 0.25'
    screen_has '^/temperature 0.25$'
    type_line '/temperature hot'
    screen_has 'letra: /temperature hot: must be from 0 to 100'
    type_line '/length 1.5'
    screen_has 'letra: /length 1.5: must be a whole number'
    type_line '/top-p 0'
    screen_has 'letra: /top-p 0: must be more than 0'
    type_line '/seed -1'
    screen_has 'letra: /seed -1: must be a whole number'
    type_line '/temprature 1'
    screen_has 'letra: unknown command /temprature; did you mean /temperature?'
    type_line '/tempp 1'
    screen_has 'letra: unknown command /tempp; did you mean /temperature?'
    type_line /top
    screen_has '^letra: /top may be /top-k, /top-p$'
    type_line '/reset now'
    screen_has 'letra: /reset takes no value'
}

# sampled PRIME: the first line that sample writes after it with the coins of $seed
sampled() {
    "$LETRA" sample model.safetensors --prime "$1" --no-echo --length 30 --seed "$seed" --threads 1 |
        head -n 1 | sed 's/ *$//'
}

# answered TEXT: types it with the coins of $seed, on a clear screen; $answer is the first line of what comes
answered() {
    type_line "/seed $seed"
    screen_has "^/seed $seed\$"
    press C-l
    prompts_are 1
    type_line "$1"
    prompts_are 2
    answer=$(sed -n "/^> ${1% }\$/{n;p}" screen)
}

@test "the state goes on from turn to turn until /reset; /seed draws the same coins again" {
    with_readline || skip 'built without Readline'
    # Whether the first turn was read shows only with coins for which it makes a difference.
    local seed
    for seed in $(seq 1 50); do
        [ "$(sampled 'The quick ')" = "$(sampled 'quick ')" ] || break
    done
    begin --seed 1 --length 0
    type_line 'The '
    prompts_are 2
    type_line '/length 30'
    screen_has '^/length 30$'
    answered 'quick '
    [ "$answer" = "$(sampled 'The quick ')" ]
    type_line /reset
    screen_has 'a new text begins'
    answered 'quick '
    [ "$answer" = "$(sampled 'quick ')" ]
}

@test "a text that begins like a command is typed with a backslash" {
    begin --seed 1 --length 5 --unknown skip
    type_line '\/quit'
    screen_has "left out 1 character that"
    prompts_are 2
}

@test "Ctrl-C stops the writing and not the program" {
    begin --seed 1 --length 1G
    type_line 'The '
    screen_has 'fox'
    press C-c
    screen_has '^> $'
    type_line '/seed'
    screen_has '^/seed 1$'
    type_line '/length 10'
    type_line ''
    press C-d
    screen_has '^status=0$'
}

@test "Ctrl-C at the prompt clears the line" {
    begin --seed 1 --length 5
    type_text 'жжжж'
    screen_has 'жжжж'
    press C-c
    prompts_are 2
    type_line '/seed'
    screen_has '^/seed 1$'
    run ! grep -q 'does not know' screen
    press C-d
    screen_has '^status=0$'
}

# shows_again: the line that was typed is on the screen after what the shell said
shows_again() {
    capture
    sed '1,/between/d' screen | grep -q '^> The lazy$'
}

@test "after Ctrl-Z and fg the line is there again" {
    with_readline || skip 'built without Readline'
    in_terminal env INPUTRC=/dev/null LC_ALL=C.UTF-8 bash -m -c \
        "'$LETRA' repl model.safetensors --threads 1 --seed 1; echo between; fg >/dev/null; echo status=\$?; sleep 60"
    screen_has '^> $'
    type_text 'The lazy'
    screen_has '^> The lazy$'
    press C-z
    screen_has 'between$'
    until_true shows_again || { cat screen >&2 && false; }
    press C-u C-d
    screen_has '^status=0$'
}

@test "SIGTERM at the prompt ends it with 143, the terminal in order" {
    begin --seed 1
    kill -TERM "$(program)"
    screen_has '^status=143$'
}

@test "Readline: history, completion of commands" {
    with_readline || skip 'built without Readline'
    begin --seed 1 --length 5
    type_text '/tem'
    press Tab
    screen_has '^> /temperature'
    press Enter
    screen_has '^/temperature 1$'
    type_text '/q'
    press Tab
    screen_has '^> /quit'
    press C-u
    type_line 'The '
    prompts_are 3
    press C-l
    prompts_are 1
    press Up Up
    screen_has '^> /temperature'
    press C-u
    type_line 'ж'
    screen_has 'does not know'
    press C-l
    prompts_are 1
    press Up
    screen_has '^> ж$'
}

@test "a locale that is not UTF-8 is said, and letters can be typed nevertheless" {
    begin_with 'LC_ALL=POSIX' --seed 1 --length 5
    screen_has 'the locale is not UTF-8 (LANG, LC_ALL): going on with C.UTF-8'
    type_line 'El niño'
    prompts_are 2
    run ! grep -q 'does not know' screen
}

@test "NO_COLOR: no colours; otherwise the prompt has one" {
    with_readline || skip 'built without Readline'
    begin --seed 1
    tmux -L "$socket" capture-pane -p -e >colours
    grep -q $'\e\\[[0-9;]*m>' colours
    end_terminal
    socket=$socket-plain # the other server may still be going
    begin_with 'LC_ALL=C.UTF-8 NO_COLOR=1' --seed 1
    tmux -L "$socket" capture-pane -p -e >colours
    run ! grep -q $'\e\\[[0-9;]*m>' colours
}

# --- as a filter ---

# filter ARGUMENT...: with the standard input of the test, into the files out and messages
filter() {
    status=0
    "$LETRA" repl model.safetensors --threads 1 "$@" >out 2>messages || status=$?
}

@test "a filter answers each line with prompt, continuation and newline, from the zero state" {
    printf 'The \nEl \nThe \n' | filter --length 0 --seed 1
    printf 'The \nEl \nThe \n' | cmp - out
    printf 'The \nEl \nThe ' | filter --length 12 --temperature 0 --seed 1
    [ "$(head -n 1 out)" = "$(tail -n 1 out)" ]
    "$LETRA" sample model.safetensors --prime 'The ' --length 12 -t 0 --seed 1 >sampled
    [ "$(head -n 1 out)" = "$(head -n 1 sampled)" ]
    [ ! -s messages ]
}

@test "a filter goes on from nothing at an empty line, and takes commands for text" {
    printf '\n\n' | filter --length 8 --temperature 0 --seed 1
    [ "$(LC_ALL=C.UTF-8 wc -m <out)" -eq 18 ]
    printf '/quit\nThe\n' | filter --length 0 --unknown skip --seed 1
    [ "$(cat out)" = $'quit\nThe' ]
}

@test "a filter says which line has unknown characters, answers the others, and ends with 1" {
    status=0
    printf 'The\nжук\nfox\n' | { filter --length 0 --seed 1; [ "$status" -eq 1 ]; }
    [ "$(cat out)" = $'The\nfox' ]
    grep -q "letra: standard input: line 2: the model does not know 'ж' (U+0436)" messages
    printf 'The\nжfox\n' | { filter --length 0 --seed 1 --unknown skip; [ "$status" -eq 0 ]; }
    [ "$(cat out)" = $'The\nfox' ]
    printf 'a\0b\n' | { filter --length 0 --seed 1; [ "$status" -eq 1 ]; }
    grep -q 'U+0000' messages
}

@test "a filter: long lines, nothing at all, a full disk, a reader that leaves, a random seed" {
    printf 'The fox %.0s' $(seq 1 5000) | filter --length 0 --seed 1
    [ "$(wc -c <out)" -eq 40001 ]
    filter --seed 1 </dev/null
    [ ! -s out ]
    filter --length 0 <<<'The'
    grep -q '^seed [0-9]*$' messages
    run --separate-stderr bash -c 'yes The | "$LETRA" repl model.safetensors --seed 1 --threads 1 >/dev/full'
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c 'yes The | "$LETRA" repl model.safetensors --seed 1 --threads 1 | head -n 3'
    ends 0
    is_silent
    letra repl model.safetensors --seed 1 <.
    ends 1 "standard input"
}

@test "a filter: --stop ends each answer" {
    printf 'The \nEl \n' | filter --length 400 --temperature 0 --seed 1 --stop $'\n'
    [ "$(wc -l <out)" -eq 2 ]
}

# ends_at_interrupt PID: with 130, when it gets SIGINT
ends_at_interrupt() {
    local ended=0
    kill -INT "$1"
    wait "$1" || ended=$?
    [ "$ended" -eq 130 ]
}

@test "a filter: SIGINT ends it with 130, while it waits and while it writes" {
    mkfifo pipe
    "$LETRA" repl model.safetensors --threads 1 --seed 1 --length 5 <pipe >out 2>messages 3>&- &
    local pid=$!
    exec 4>pipe
    printf 'The \nhalf a line' >&4
    until_true test -s out
    ends_at_interrupt $pid
    exec 4>&-
    run ! grep -q half out
    "$LETRA" repl model.safetensors --threads 1 --seed 1 --length 1G <pipe >out 2>messages 3>&- &
    pid=$!
    exec 4>pipe
    printf 'The \n' >&4
    until_true test -s out
    ends_at_interrupt $pid
    exec 4>&-
}

@test "results and messages in files: the prompt is at the terminal, and nowhere else" {
    with_readline || skip 'built without Readline, which would show the line on standard error'
    begin --length 5 --seed 1 '>text' '2>log'
    type_line 'The '
    screen_has '^> The'
    prompts_are 2
    press C-d
    screen_has 'status=0'
    [ "$(wc -m <text)" -eq 6 ]
    run ! grep -q '> ' text log
}
