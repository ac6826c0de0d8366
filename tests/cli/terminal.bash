# What the tests of the conversation share: a person at a terminal, played through tmux.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text >text.txt # and a model that knows it quite well
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --hidden 32 --epochs 12 -q
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
    socket=repl columns=100 rows=60
    rm -f out
}

teardown() {
    end_terminal
}

# What runs in the terminal, and the terminal. A conversation is ended as a user ends it, because only then it is
# counted what it ran (make coverage). (A hang-up while a leak checker is at work makes that one wait for ever.)
end_terminal() {
    local shell children attempt
    shell=$(tmux -L "$socket" list-panes -F '#{pane_pid}' 2>/dev/null) || return 0
    for attempt in 1 2 3 4 5; do
        read -ra children <"/proc/$shell/task/$shell/children" || true
        [ -n "${children[*]}" ] || break
        tmux -L "$socket" send-keys C-e C-u C-d 2>/dev/null || true
        sleep "0.0$attempt"
    done
    [ -z "${children[*]}" ] || kill -KILL "${children[@]}" || true
    tmux -L "$socket" kill-server 2>/dev/null || true
}

# in_terminal COMMAND...: a command in a terminal of its own, of $columns and $rows
in_terminal() {
    tmux -L "$socket" -u -f /dev/null new-session -d -x "$columns" -y "$rows" "$@"
}

# begin ARGUMENT...: the conversation, in a terminal; what the program ends with is printed
begin() {
    begin_with LC_ALL=C.UTF-8 "$@"
}

# begin_with ENVIRONMENT ARGUMENT...
begin_with() {
    local environment=$1
    shift
    in_terminal "env INPUTRC=/dev/null $environment '$LETRA' repl model.safetensors --threads 1 $*
        echo status=\$?
        sleep 60"
    screen_has '^> $'
}

# with_readline: whether the program was built with it
with_readline() {
    ldd "$LETRA" | grep -q libreadline
}

# program: the process id of what runs in the terminal
program() {
    local shell child
    shell=$(tmux -L "$socket" list-panes -F '#{pane_pid}')
    child=$(cat "/proc/$shell/task/$shell/children")
    printf '%s\n' "${child% }"
}

# type_text TEXT: without the end of the line
type_text() {
    tmux -L "$socket" send-keys -l -- "$1"
}

type_line() {
    type_text "$1"
    tmux -L "$socket" send-keys Enter
}

press() {
    tmux -L "$socket" send-keys "$@"
}

# capture: what the screen shows, into the file screen
capture() {
    tmux -L "$socket" capture-pane -p | sed 's/ *$//; s/^>$/> /' >screen
}

# shows PATTERN: a line of the screen matches
shows() {
    capture
    grep -q -e "$1" screen
}

# screen_has PATTERN: waits for a line of the screen that matches
screen_has() {
    until_true shows "$1" || { cat -s screen >&2 && false; }
}

# shows_prompts N: there are N prompts on the screen
shows_prompts() {
    capture
    [ "$(grep -c '^> ' screen)" -eq "$1" ]
}

# prompts_are N: waits until there are N prompts on the screen
prompts_are() {
    until_true shows_prompts "$1" || { cat -s screen >&2 && false; }
}

# says_then TEXT PATTERN: types a line, and waits for an answer that matches
says_then() {
    type_line "$1"
    screen_has "$2"
}
