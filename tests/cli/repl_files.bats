#!/usr/bin/env bats
# letra repl: transcripts, other models, and sessions that are played again.
# shellcheck disable=SC1003,SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra
load terminal

# another_model: makes other.safetensors, of another text
another_model() {
    [ -e other.safetensors ] ||
        "$LETRA" train "$BATS_TEST_DIRNAME/letra.bash" -o other.safetensors "${small[@]}" --epochs 1 -q
}

# counts -l FILE -ge N: what wc counts of the file now
counts() {
    test "$(wc "$1" <"$2")" "$3" "$4"
}

@test "/save and /load: the model goes on exactly as it would have, with the settings as they were" {
    begin --seed 7 --length 20 '>>out'
    type_line 'The '
    type_line '/temperature 0.9'
    type_line '/repeat-penalty 1.1'
    type_line '/stop \nT\t\\'
    type_line ''
    says_then '/save a.json' '^saved 2 turns in a.json$'
    : >out
    type_line ''
    type_line '/transcript'
    until_true counts -l out -ge 2
    type_line /quit
    screen_has '^status=0$'
    cp out expected
    end_terminal
    socket=$socket-again
    : >out
    begin --seed 1 --length 3 --stop else '>>out'
    says_then '/load a.json' '^loaded 2 turns and the settings of a.json$'
    screen_has '^the text ends: The '
    type_line ''
    type_line '/transcript'
    until_true cmp -s out expected
    says_then /temperature '^/temperature 0.9$'
    says_then /repeat-penalty '^/repeat-penalty 1.1$'
    says_then /length '^/length 20$'
    says_then /seed '^/seed 7$'
    type_line /stop
    until_true shows '^/stop \\nT\\t\\\\$'
    run ! grep -q 'else' screen
}

@test "what was loaded is taken back as a whole, and what follows it turn by turn" {
    begin --seed 7 --length 0 '>>out'
    type_line 'The fox'
    type_line ' jumps'
    says_then '/save a.json' '^saved 2 turns in a.json$'
    type_line /reset
    type_line 'El '
    says_then '/load a.json' '^the text ends: The fox jumps$'
    type_line ' over'
    says_then /undo '^the text ends: The fox jumps$'
    says_then /undo '^the text ends: El$'
    says_then /retry '^/seed 8$'
    says_then '/load a.json' '^the text ends: The fox jumps$'
    says_then /retry '^letra: /retry: nothing was written that could be written again$'
}

@test "a transcript is readable, complete, replaced as a whole, and the same each time" {
    begin --seed 7 --length 5
    type_line 'El ñ'
    says_then '/save a.json' '^saved 1 turn in a.json$'
    grep -qF '"format": "letra transcript"' a.json
    grep -qF '"file": "model.safetensors"' a.json
    grep -qF '"prompt": "El ñ"' a.json
    grep -qF '"/length 5"' a.json
    cp a.json b.json
    says_then '/save b.json' '^saved 1 turn in b.json$'
    cmp a.json b.json
    says_then '/save no/where' '^letra: /save: cannot write no/where: the folder no does not exist; make it first$'
    says_then '/save /dev/full' '^letra: /save: cannot write /dev/full: '
    cp text.txt kept
    says_then '/save kept' '^letra: /save: kept is there and is no transcript; give another name$'
    cmp kept text.txt
    says_then '/save' '^letra: /save needs the name of a file behind it$'
    type_line '/save ~/c.json'
    until_true shows "^saved 1 turn in $HOME/c.json\$" || complain 'no home'
    rm "$HOME/c.json"
}

@test "a file that is no transcript, is damaged or of another model: a word for each, and all stays as it was" {
    another_model
    begin --seed 7 --length 5
    type_line 'The fox'
    says_then '/save a.json' '^saved 1 turn in a.json$'
    sed 's/"numbers": ".....$/&/; s/"numbers": "......../"numbers": "7f800000/' a.json >infinite.json
    sed 's/"unstopped": [0-9]*/"unstopped": -1/' a.json >negative.json
    sed 's|"/length 5"|"/length many"|' a.json >setting.json
    head -c 300 a.json >cut.json
    echo '{"format": "another"}' >format.json
    sed 's/"version": 1/"version": 2/' a.json >version.json
    says_then '/load none' '^letra: /load: cannot open none: No such file or directory$'
    says_then '/load text.txt' '^letra: /load: text.txt is no transcript: no valid JSON at byte'
    says_then '/load cut.json' '^letra: /load: cut.json is no transcript: no valid JSON at byte'
    says_then '/load format.json' '^letra: /load: format.json is no transcript; /save writes one$'
    says_then '/load version.json' 'version.json is a transcript of version 2; this program reads version 1$'
    says_then '/load infinite.json' 'infinite.json is damaged: state.numbers number 0 is not finite$'
    says_then '/load negative.json' 'negative.json is damaged: state.unstopped is no number of units$'
    says_then '/load setting.json' 'setting.json is damaged: /length many: must be a whole number'
    says_then '/load /dev/zero' '^letra: /load: /dev/zero is no regular file$'
    says_then '/load .' '^letra: /load: . is a folder; give a file$'
    type_line /settings
    screen_has '/length 5 '
    says_then /undo '^the text is at its beginning$'
    says_then /undo '^letra: /undo: there is nothing to take back$'
    says_then '/model other.safetensors' '^a new text begins$'
    type_line '/load a.json'
    screen_has '^letra: /load: a.json was made with another model, model.safetensors; /model goes over to it$'
}

@test "/precision stores the weights anew and keeps the text; a transcript brings its own" {
    begin --seed 7 --length 20 --precision f32 '>>out'
    type_line 'The '
    says_then '/precision int8' '^/precision int8$'
    says_then '/precision' '^/precision int8$'
    says_then '/precision f64' '^letra: /precision f64: must be one of auto, f32, bf16, int8$'
    says_then '/save a.json' '^saved 1 turn in a.json$'
    cp out before
    type_line ''
    says_then /undo '^the text ends: The '
    type_line ''
    prompts_are 9
    tail -c +"$(($(wc -c <before) + 1))" out >twice
    says_then '/precision f32' '^/precision f32$'
    says_then '/load a.json' '^loaded 1 turn'
    : >out
    type_line ''
    prompts_are 12
    cat out out | cmp - twice
    says_then '/precision' '^/precision int8$'
}

@test "/model: another one with the same settings and a new text; a failure keeps the old one" {
    another_model
    begin --seed 7 --length 20 --temperature 0.8 '>>out'
    type_line 'The '
    prompts_are 2
    says_then '/model none' '^letra: /model: cannot open none: No such file or directory$'
    type_line '/model text.txt'
    until_true shows '^letra: /model: text.txt: ' || complain 'no word'
    cp out before
    type_line ''
    until_true counts -c out -gt "$(wc -c <before)"
    says_then '/model other.safetensors' '^lstm, 1 × 16 units, [0-9]* symbols$'
    screen_has '^a new text begins$'
    says_then /undo '^letra: /undo: there is nothing to take back$'
    : >out
    type_line 'make '
    "$LETRA" sample other.safetensors --prime 'make ' --no-echo --length 20 -t 0.8 --seed 7 --threads 1 >expected
    until_true cmp -s out expected
    says_then '/model other.safetensors' '^> /model other'
    says_then '/save b.json' '^saved 0 turns in b.json$'
    says_then '/load b.json' '^the text is at its beginning$'
}

@test "patterns: what is written keeps to them, what is wrong with them is shown, and they are kept in files" {
    begin --seed 7 --length 20 '>>out'
    says_then '/match  ?fox \d{1,3}!' '^/match  ?fox \\d{1,3}!$'
    type_line 'The'
    until_true grep -qx ' \?fox [0-9]*!' out
    says_then '/match (\d' "^letra: /match '(\\\\d': missing closing parenthesis at offset 3 of the pattern\$"
    screen_has '^       ^$'
    says_then '/stop x' '^letra: /match says where the text ends, and so does /stop: one of them must be off$'
    says_then '/forbid [1-8]' '^/forbid \[1-8\]$'
    says_then '/save a.json' '^saved 1 turn in a.json$'
    grep -qF '"/forbid [1-8]"' a.json
    says_then '/match off' '^/match off$'
    says_then '/stop-regex \s' '^/stop-regex \\s$'
    says_then '/load a.json' '^loaded 1 turn'
    says_then /match '^/match  ?fox \\d{1,3}!$'
    says_then /stop-regex '^/stop-regex off$'
    : >out
    type_line ' the'
    until_true grep -qx ' \?fox [09]*!' out
    says_then '/match \d{30}' '^/match \\d{30}$'
    says_then 'The' '^letra: the text is as long as was asked for, and may not end here'
}

@test "until-end is refused where nothing would end the text" {
    begin --seed 7
    says_then /until-end '^letra: /until-end: nothing would end the text: give a /stop'
    says_then /length '^/length 300$'
    says_then '/stop lazy' '^/stop lazy$'
    says_then /until-end '^/length until-end$'
    type_line 'The '
    prompts_are 6
    says_then '/stop off' '^letra: /until-end: nothing would end'
    says_then /stop '^/stop lazy$'
    says_then '/stop \off' '^/stop \\off$' # a text that is the word
    says_then '/greedy' '^/temperature 0$'
    says_then '/greedy 1' '^letra: /greedy takes no value$'
    says_then '/length 10' '^/length 10$'
    says_then '/stop off' '^/stop off$'
    says_then '/unknown skip' '^/unknown skip$'
    says_then '/unknown never' '^letra: /unknown never: must be one of error, skip'
    says_then 'жThe' 'left out 1 character'
}

@test "a transcript of a model of bytes" {
    head -c 3000 "$LETRA" >bytes
    "$LETRA" train bytes -o bytes.safetensors --unit byte "${small[@]}" --epochs 1 -q
    begin --seed 7 --length 50 '>>out'
    says_then '/model bytes.safetensors' '^a new text begins$'
    : >out
    type_line 'ELF'
    prompts_are 3
    says_then '/save bytes.json' '^saved 1 turn in bytes.json$'
    type_line ''
    prompts_are 5
    cp out expected
    says_then /reset '^a new text begins$'
    says_then '/load bytes.json' '^the text ends: '
    tail -c +52 expected >rest
    : >out
    type_line ''
    until_true cmp -s out rest
}

# what a session is that uses most of what there is
script() {
    cat <<'EOF'
The 
/temperature 1.2

/retry
/branch dark
fox
/undo
fox \
El
/switch main
/stop og
/more
/seed 4
/reset
El niño
/temprature 3
/switch dark
/save SAVED
/transcript
/quit
EOF
}

@test "a session can be played again: typed line by line, and pasted as a whole" {
    local line
    begin --seed 3 --length 40 '>>out'
    while IFS= read -r line; do
        type_line "${line/SAVED/typed.json}"
    done < <(script)
    screen_has '^status=0$'
    mv out typed
    end_terminal
    socket=$socket-again
    begin --seed 3 --length 40 '>>out'
    script | sed 's/SAVED/pasted.json/' | tmux -L "$socket" load-buffer -
    tmux -L "$socket" paste-buffer
    screen_has 'status=0$'
    cmp out typed
    cmp pasted.json typed.json
    [ "$(wc -l <typed)" -gt 8 ]
    grep -q '"prompt": "fox \\nEl"' typed.json
}
