#!/usr/bin/env bats
# letra repl: turns that are taken back, written again and branched; what the model expects.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra
load terminal

# written SEED LENGTH PRIME: what sample writes after it, with a newline at its end
written() {
    "$LETRA" sample model.safetensors --prime "$3" --no-echo --length "$2" --seed "$1" --threads 1
}

# out_is FILE...: waits until out holds what these files hold together
out_is() {
    cat "$@" >expected
    until_true cmp -s out expected || { od -c out >&2 && od -c expected >&2 && false; }
}

@test "/undo takes turns back one by one, coins and all, and says where the text ends" {
    begin --seed 7 --length 20 '>>out'
    written 7 20 'The ' >first
    type_line 'The '
    out_is first
    type_line 'fox '
    prompts_are 3
    cp out both
    says_then /undo '^the text ends: The '
    type_line 'fox '
    tail -c +"$(($(wc -c <first) + 1))" both >second
    out_is both second
    type_line /undo
    type_line /undo
    screen_has '^the text is at its beginning$'
    says_then /undo '^letra: /undo: there is nothing to take back$'
    type_line 'The '
    out_is both second first
    says_then '/undo 2' '^letra: /undo takes no value$'
}

@test "a /seed that was given before a turn is still there after /undo" {
    begin --seed 1 --length 20 '>>out'
    written 5 20 'The ' >first
    says_then '/seed 5' '^/seed 5$'
    type_line 'The '
    out_is first
    says_then /undo '^the text is at its beginning$'
    type_line 'The '
    out_is first first
}

@test "/retry writes the same prompt again with the next seed, also after /more" {
    begin --seed 7 --length 20 '>>out'
    says_then /retry '^letra: /retry: nothing was written that could be written again$'
    written 7 20 'The ' >first
    written 8 20 'The ' >second
    type_line 'The '
    out_is first
    says_then /retry '^/seed 8$'
    out_is first second
    run ! cmp -s first second
    says_then /retry '^/seed 9$'
    written 9 20 'The ' >third
    out_is first second third
    says_then /undo '^the text is at its beginning$'
    says_then /reset '^a new text begins$'
    type_line /retry
    prompts_are 8
    [ "$(grep -c 'nothing was written that could be' screen)" -eq 2 ]
}

@test "/more and an empty line go on writing; /transcript prints the whole text" {
    begin --seed 7 --length 20 '>>out'
    type_line 'The '
    prompts_are 2
    type_line /more
    prompts_are 3
    type_line ''
    prompts_are 4
    : >out
    type_line /transcript
    prompts_are 5
    "$LETRA" sample model.safetensors --prime 'The ' --length 60 --seed 7 --threads 1 >expected
    until_true cmp -s out expected
    says_then '/more 3' '^letra: /more takes no value$'
}

@test "/reset is taken back like a turn, and the text before it is no part of the transcript" {
    begin --seed 7 --length 0 '>>out'
    type_line 'The fox'
    says_then /reset '^a new text begins$'
    says_then 'El' '^> El$'
    says_then /transcript '^> /transcript$'
    until_true grep -qx El out
    run ! grep -q fox out
    type_line /undo
    says_then /undo '^the text ends: The fox$'
}

@test "branches go on from the same place, each with its own turns and coins" {
    begin --seed 7 --length 20 '>>out'
    type_line 'The '
    prompts_are 2
    says_then '/branch dark' '^branch dark goes on from here$'
    type_line 'fox '
    prompts_are 4
    cp out dark
    says_then '/switch main' '^the text ends: The '
    type_line 'fox '
    prompts_are 6
    tail -c +"$(($(wc -c <dark) + 1))" out >main
    written 7 20 'The ' >first
    cat first main | cmp - dark # the same coins from the same place
    type_line /branch
    screen_has '^\* main  2 turns$'
    screen_has '^  dark  2 turns$'
    cp out before
    says_then '/switch dark' '^the text ends: '
    type_line /more
    prompts_are 9
    tail -c +"$(($(wc -c <before) + 1))" out >next
    says_then '/switch main' '^> /switch main$'
    type_line ''
    prompts_are 11
    out_is before next next
    type_line /undo
    type_line /undo
    type_line /undo
    screen_has 'the text is at its beginning'
    type_line /branch
    screen_has '^\* main  0 turns$'
    screen_has '^  dark  3 turns$' # what both begin with is still there
}

@test "branches that are wrong are said" {
    begin --seed 7
    says_then '/switch' '^letra: /switch needs a name behind it$'
    says_then '/switch dark' '^letra: /switch: there is no branch dark (there is: main)$'
    says_then '/switch main' '^letra: /switch: that is the branch that is being written$'
    says_then '/branch main' '^letra: /branch: there is a branch of that name: /switch main goes to it$'
    says_then '/branch a b' '^letra: /branch takes one name, without blanks$'
    says_then "/branch $(printf 'x%.0s' {1..41})" '^letra: /branch: a name has at most 40 bytes$'
    says_then /branch '^\* main  0 turns$'
}

@test "/eval says how surprising a text would be from here, and changes nothing" {
    begin --seed 7 --length 20 '>>out'
    type_line '/eval quick'
    screen_has '^[0-9.]* bits a character: 5 characters, [0-9.]* bits$'
    sed -n 's/^\([0-9.]*\) bits a character.*/\1/p' screen >start
    type_line 'The '
    prompts_are 3
    written 7 20 'The ' | cmp - out
    says_then '/eval ' '^letra: /eval needs a text behind it$'
    says_then '/eval ж' 'the model does not know'
    # After "The " the word is expected, from nothing it is not.
    type_line /undo
    type_line '/length 0'
    type_line 'The '
    says_then '/seed 1' '^/seed 1$'
    type_line '/eval quick'
    prompts_are 10
    sed -n 's/^\([0-9.]*\) bits a character.*/\1/p' screen | tail -n 1 >here
    awk -v here="$(cat here)" -v start="$(cat start)" 'BEGIN { exit !(here < start - 1) }'
}

@test "/choose: the likeliest with their chances; a number, a text, an empty line, /done" {
    begin --greedy --seed 7 --length 0 '>>out'
    type_line 'The '
    prompts_are 2
    says_then /choose '^choose>$'
    screen_has "^1 'q' [0-9.]*%  2 '"
    says_then '1' '^the text ends: The q$'
    says_then 'uick' '^the text ends: The quick$'
    type_line '' # greedy: the likeliest, a blank
    says_then '\7' '^the text ends: The quick 7$'
    says_then 'ж' '^letra: the text: the model does not know'
    says_then /undo '^letra: the only command here is /done; a text that begins so is typed with'
    : >out
    says_then /done '^> $'
    until_true grep -qx 'quick 7' out
    type_line /transcript
    until_true grep -qx 'The quick 7' out
    says_then /undo '^the text ends: The$'
    says_then /choose '^choose>$'
    press C-c
    says_then /undo 'the text is at its beginning' # nothing was chosen, and that is no turn
    says_then '/choose 3' '^letra: /choose takes no value$'
}

@test "/surprise: the mean bits of what was written, and colours where there are any" {
    begin --seed 7 --length 30 --temperature 2
    says_then '/surprise on' '^bits of surprise:'
    type_line 'The '
    screen_has '^[0-9.]* bits a character, 30 of them$'
    tmux -L "$socket" capture-pane -p -e | grep -v 'bits of surprise' >colours
    grep -q $'\e\\[48;5;203m' colours # red
    says_then '/surprise off' '^/surprise off$'
    type_line 'The '
    prompts_are 5
    [ "$(grep -c 'bits a character' screen)" -eq 1 ]
    end_terminal
    socket=$socket-plain
    begin_with 'LC_ALL=C.UTF-8 NO_COLOR=1' --seed 7 --length 30 --temperature 2
    says_then '/surprise on' '^/surprise on$'
    type_line 'The '
    screen_has '^[0-9.]* bits a character, 30 of them$'
    tmux -L "$socket" capture-pane -p -e >colours
    run ! grep -q '48;5\|bits of surprise' colours
    says_then '/surprise maybe' '^letra: /surprise maybe: must be one of off, on$'
}

@test "/surprise changes nothing that is written, and a stop text is none of it" {
    begin --seed 7 --length 200 --temperature 0 --stop lazy '>>out'
    says_then '/surprise on' '^/surprise on$'
    type_line 'The '
    screen_has '^[0-9.]* bits a character, [0-9]* of them$'
    written=$(sed -n 's/.*bits a character, \([0-9]*\) of them$/\1/p' screen)
    "$LETRA" sample model.safetensors --prime 'The ' --no-echo --length 200 -t 0 --stop lazy --seed 7 \
        --threads 1 >expected
    cmp out expected
    grep -q fox out # else nothing was held back
    [ "$(LC_ALL=C.UTF-8 wc -m <out)" -eq $((written + 1)) ]
    says_then '/stop off' '^/stop off$'
    says_then '/match fox \d\d' '^/match fox \\d\\d$'
    says_then 'The' '^[0-9.]* bits a character, 6 of them$' # what ends it is no character
}

# records_model: makes names.safetensors, whose records are short lines
records_model() {
    printf 'anna\notto\nemma\nberta\n%.0s' {1..60} >names.txt
    "$LETRA" train names.txt -o names.safetensors --records "${small[@]}" --epochs 40 -q
}

@test "a model of records: each answer ends one, the next begins another, and they are lines of the transcript" {
    records_model
    begin --seed 3 --greedy
    says_then '/model names.safetensors' '^a new text begins$'
    says_then /until-end '^/length until-end$'
    type_line 'ot'
    type_line 'be'
    says_then '/save names.json' '^saved 2 turns in names.json$'
    grep -qF '"answer": "to"' names.json
    grep -qF '"answer": "rta"' names.json
    says_then /undo '^the text ends: otto\\n$'
    says_then '/load names.json' '^the text ends: otto\\nberta\\n$'
    says_then /choose '^choose>$'
    says_then anna '^1 border [0-9.]*%  2 '
    says_then '1' '^anna$'
    says_then '/save names.json' '^saved 3 turns in names.json$'
    [ "$(grep -c '"record_ended": true' names.json)" -eq 3 ]
}
