#!/usr/bin/env bats
# letra repl: whatever way it ends, the terminal is left as it was.
# shellcheck disable=SC1003,SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra
load terminal

# begin_watched ARGUMENT...: the conversation, in a terminal whose modes are compared before and after; the process id
# of the program is in the file pid
begin_watched() {
    rm -f pid before after
    in_terminal env INPUTRC=/dev/null LC_ALL=C.UTF-8 bash -c "
        stty -g >before
        sh -c 'echo \$\$ >pid; exec \"\$0\" \"\$@\"' '$LETRA' repl model.safetensors --threads 1 --seed 1 $*
        echo status=\$?
        stty -g >after
        echo left
        sleep 60"
    screen_has '^> $'
}

# left_well STATUS: it ended so, and the terminal is as it was
left_well() {
    screen_has "^status=$1\$"
    screen_has '^left$'
    cmp before after
}

@test "Ctrl-D, /quit, and a half-typed line" {
    begin_watched --length 5
    type_line 'The '
    prompts_are 2
    press C-d
    left_well 0
    end_terminal
    socket=$socket-quit
    begin_watched
    type_line /quit
    left_well 0
    end_terminal
    socket=$socket-half
    begin_watched
    type_text 'The '
    screen_has '^> The'
    press C-c
    prompts_are 2
    press C-d
    left_well 0
}

@test "SIGTERM and SIGHUP, at the prompt, in the middle of a line and while it writes" {
    local name status
    for name in TERM HUP; do
        status=$((128 + $(kill -l "$name")))
        begin_watched
        kill -"$name" "$(cat pid)"
        left_well "$status"
        end_terminal
        socket=$socket-$name
        begin_watched
        type_text 'The fox'
        screen_has '^> The fox'
        kill -"$name" "$(cat pid)"
        left_well "$status"
        end_terminal
        socket=$socket-line
        begin_watched --length 1G
        type_line 'The '
        screen_has 'jumps'
        kill -"$name" "$(cat pid)"
        left_well "$status"
        end_terminal
        socket=$socket-writing
    done
}

@test "a crash" {
    begin_watched
    [ "$(stty -g <"$(tmux -L "$socket" display-message -p '#{pane_tty}')")" != "$(cat before)" ] || ! with_readline
    kill -ABRT "$(cat pid)"
    left_well 134
    end_terminal
    socket=$socket-quit
    begin_watched
    press 'C-\'
    left_well 131
}

# is_over PID: the process is gone
is_over() {
    ! kill -0 "$1" 2>/dev/null
}

@test "a terminal that is closed ends it, at the prompt and while it writes; the history is whole" {
    # A hang-up while a leak checker is at work makes that one wait for ever.
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    begin_watched --length 1G
    says_then '/seed 2' '^/seed 2$'
    tmux -L "$socket" kill-window
    until_true is_over "$(cat pid)"
    socket=$socket-writing
    begin_watched --length 1G
    type_line 'The '
    screen_has 'jumps'
    tmux -L "$socket" kill-window
    until_true is_over "$(cat pid)"
    ! with_readline || grep -qx '/seed 2' "$XDG_STATE_HOME/letra/history"
}

@test "a full disk ends it" {
    begin_watched '>/dev/full'
    type_line 'The '
    left_well 1
    grep -q 'letra: could not write to standard output: No space left on device' screen
}
