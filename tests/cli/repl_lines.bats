#!/usr/bin/env bats
# letra repl: what is typed: several lines, wide characters, history, completion, terminals of all sizes.
# shellcheck disable=SC1003,SC2034,SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra
load terminal

# out_has TEXT: waits until that is all that out holds
out_has() {
    printf '%s' "$1" >expected
    until_true cmp -s out expected || { od -c out >&2 && false; }
}

@test "a backslash at the end goes on in the next line; two stand for one, and end it" {
    begin --seed 1 --length 0 --unknown skip '>>out'
    says_then 'The \' '^\.$'
    says_then 'fox\' '^\. fox\\$'
    type_line ''
    says_then /transcript '^> /transcript$'
    out_has $'The \nfox\n'
    says_then /reset 'a new text begins'
    says_then 'El\\' '^letra: warning: the prompt: left out 1 character'
    says_then '/stop a\' '^\.$'
    says_then 'b' '^/stop a\\nb$'
}

@test "Ctrl-D ends a text of several lines, and Ctrl-C drops it" {
    begin --seed 1 --length 0
    says_then 'The \' '^\.$'
    press C-d
    prompts_are 2
    says_then '/save a.json' '^saved 1 turn'
    grep -qF '"prompt": "The \n"' a.json
    says_then 'fox \' '^> fox'
    press C-c
    prompts_are 4
    says_then '/save b.json' '^saved 1 turn in b.json'
}

@test "several lines that are pasted are one text" {
    with_readline || skip 'built without Readline: each line is a text'
    begin --seed 1 --length 0
    printf 'The quick\nbrown fox' | tmux -L "$socket" load-buffer -
    tmux -L "$socket" paste-buffer -p -r
    screen_has 'brown fox$'
    press Enter
    prompts_are 2
    says_then '/save a.json' '^saved 1 turn'
    grep -qF '"prompt": "The quick\nbrown fox"' a.json
}

@test "wide and combining characters are erased as a person sees them" {
    with_readline || skip 'built without Readline'
    begin --seed 1 --length 0
    type_text $'漢字e\u0301x'
    screen_has $'^> 漢字'
    press BSpace BSpace BSpace
    screen_has '^> 漢$'
    press C-a
    type_text 'The '
    screen_has '^> The 漢$'
    press C-e BSpace BSpace Enter
    says_then '/save a.json' '^saved 1 turn'
    grep -qF '"prompt": "The"' a.json
}

@test "a terminal that gets another size while it writes" {
    with_readline || skip 'built without Readline: the terminal edits the line'
    begin --seed 1 --length 1G --temperature 0.5
    type_line 'The '
    screen_has 'fox'
    tmux -L "$socket" resize-window -x 50 -y 20
    tmux -L "$socket" clear-history
    screen_has 'jumps'
    press C-c
    screen_has '^> $'
    type_text "$(printf 'fox %.0s' {1..20})"
    screen_has '^> fox fox fox fox fox fox fox fox fox fox fox fox$'
    press C-a
    type_text 'The '
    screen_has '^> The fox fox'
    press C-e C-u
    says_then '/seed' '^/seed 1$'
    # And while a line is typed.
    type_text "$(printf 'fox %.0s' {1..20})"
    screen_has '^> fox fox fox fox fox fox fox fox fox fox fox fox$'
    tmux -L "$socket" resize-window -x 30 -y 20
    press C-a
    type_text 'El '
    screen_has '^> El fox'
}

@test "a small terminal: 40 columns and 10 lines" {
    columns=40 rows=10
    begin --seed 1 --length 60
    type_line 'The '
    screen_has '^> $'
    says_then /settings '^/temperature 1  /top-k 0  /top-p 1$'
    screen_has '^/seed 1$\|  /seed 1$'
    says_then /help 'Ctrl-$'
    screen_has '^C stops the writing\.$'
    type_text 'The quick brown fox jumps over the lazy dog'
    screen_has '^> The quick brown fox jumps over the laz$'
    screen_has '^y dog$'
    press C-u
    says_then /choose '^choose>$'
    [ "$(grep -c '%  ' screen)" -ge 2 ]
    says_then /done '^> $'
    press C-d
    screen_has '^status=0$'
}

@test "a terminal of 80 columns and 24 lines: no line of the help is broken" {
    columns=80 rows=24
    begin --seed 1 --length 60
    tmux -L "$socket" set-option -g history-limit 1000
    says_then /help '^Names may be cut short'
    tmux -L "$socket" capture-pane -p -S - | sed '1,/^> .help/d; /^> *$/d' >help
    [ "$(grep -c '^  /' help)" -gt 20 ]
    sed -n '/^  \/help/,/^Names/p' help | grep -v -e '^Settings;' -e '^Names' >rows
    run ! grep -v -e '^  /[^ ]* .* ' -e '^ \{19\}[^ ]' rows
}

# --- history and completion ---

@test "the history is kept from one session to the next, its owner's alone" {
    with_readline || skip 'built without Readline'
    begin --seed 1 --length 0
    says_then '/seed 5' '^/seed 5$'
    type_line '/seed 5'
    printf 'The quick\nbrown fox' | tmux -L "$socket" load-buffer -
    tmux -L "$socket" paste-buffer -p -r
    screen_has 'brown fox$'
    press Enter
    press C-d
    screen_has '^status=0$'
    [ "$(stat -c %a "$XDG_STATE_HOME/letra" "$XDG_STATE_HOME/letra/history" | xargs)" = '700 600' ]
    [ "$(grep -c '/seed 5' "$XDG_STATE_HOME/letra/history")" -eq 1 ]
    end_terminal
    socket=$socket-again
    begin --seed 1 --length 0
    press Up
    screen_has '^> The quick$'
    screen_has '^brown fox$'
    press Up
    screen_has '^> /seed 5$'
    press C-u
    type_line '/choose'
    says_then '1' '^the text ends:'
    says_then '/done' '^> $'
    press Up
    screen_has '^> /choose$' # what was chosen is none of it
}

@test "without XDG_STATE_HOME the history is in ~/.local/state; two sessions both add to it" {
    with_readline || skip 'built without Readline'
    begin_with "LC_ALL=C.UTF-8 HOME=$BATS_TEST_TMPDIR XDG_STATE_HOME=state" --seed 1
    socket=$socket-beside
    begin_with "LC_ALL=C.UTF-8 HOME=$BATS_TEST_TMPDIR XDG_STATE_HOME=" --seed 1
    says_then '/seed 2' '^/seed 2$'
    end_terminal
    socket=repl
    says_then '/seed 3' '^/seed 3$'
    press C-d
    screen_has '^status=0$'
    [ "$(grep -c '^/seed' "$BATS_TEST_TMPDIR/.local/state/letra/history")" -eq 2 ]
}

@test "a history that cannot be kept is said once, and that is all" {
    with_readline || skip 'built without Readline'
    local warning='warning: no history is kept: '
    columns=200
    begin_with "LC_ALL=C.UTF-8 XDG_STATE_HOME=$PWD/text.txt" --seed 1
    screen_has "${warning}cannot make the folder $PWD/text.txt/letra: Not a directory\$"
    says_then '/seed 3' '^/seed 3$'
    end_terminal
    socket=$socket-home
    begin_with 'LC_ALL=C.UTF-8 HOME= XDG_STATE_HOME=' --seed 1
    screen_has "${warning}neither XDG_STATE_HOME nor HOME is the path of a folder\$"
    end_terminal
    socket=$socket-folder
    mkdir -p "$BATS_TEST_TMPDIR/folder/letra/history"
    begin_with "LC_ALL=C.UTF-8 XDG_STATE_HOME=$BATS_TEST_TMPDIR/folder" --seed 1
    screen_has "${warning}cannot write $BATS_TEST_TMPDIR/folder/letra/history: Is a directory\$"
    end_terminal
    socket=$socket-gone
    begin --seed 1
    rm -r "$XDG_STATE_HOME"
    says_then '/seed 3' '^letra: warning: the history is no longer kept: '
    says_then '/seed 4' '^/seed 4$'
    [ "$(grep -c 'no longer kept' screen)" -eq 1 ]
    press Up Up
    screen_has '^> /seed 3$'
}

@test "a long history loses its beginning" {
    with_readline || skip 'built without Readline'
    local k
    mkdir -p "$XDG_STATE_HOME/letra"
    for k in $(seq 1 1200); do
        printf '#17000%05d\n/seed %d\n' "$k" "$k"
    done >"$XDG_STATE_HOME/letra/history"
    begin --seed 1
    press Up
    screen_has '^> /seed 1200$'
    press C-u
    press C-d
    screen_has '^status=0$'
    [ "$(grep -c '^/seed' "$XDG_STATE_HOME/letra/history")" -eq 1000 ]
    grep -qx '/seed 201' "$XDG_STATE_HOME/letra/history"
}

@test "names of files are completed behind /save, /load and /model, and nowhere else" {
    with_readline || skip 'built without Readline'
    touch a-long-name.json
    begin --seed 1
    type_text '/load a-lo'
    press Tab
    screen_has '^> /load a-long-name.json$'
    press C-u
    type_text '/mod a-lo'
    press Tab
    screen_has '^> /mod a-long-name.json$'
    press C-u
    type_text '/eval a-lo'
    press Tab
    type_text '|'
    screen_has '^> /eval a-lo|$'
    press C-u
    type_text 'a-lo'
    press Tab
    type_text '|'
    screen_has '^> a-lo|$'
    press C-u
    type_text '/swi'
    press Tab
    screen_has '^> /switch$'
}
