#!/usr/bin/env bats
# letra train: what it makes, what it says, and how it ends.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_text >text.txt
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR/text.txt" .
}

# train ARGUMENT...: trains a small network on text.txt
train() {
    letra train text.txt -o model.safetensors "${small[@]}" "$@"
}

@test "train tells before, during and after, on standard error, and leaves model and checkpoint" {
    train --epochs 2
    ends 0 "9,902 characters" "a vocabulary of 47" "to train on" "to validate" "1 layer of 16 units" "embedding 8" \
        "2,839 parameters" "of memory" "2 epochs" "adamw" "output  model.safetensors" \
        "epoch " "step " "chars/s" "loss " "trained " "best validation loss " " nats (" " bits) a character" \
        "the model is model.safetensors" "sample model.safetensors"
    [ -z "$output" ] || complain 'train writes nothing to standard output'
    [ -s model.safetensors ]
    [ -s model.checkpoint.safetensors ]
}

@test "the command that it ends with writes text" {
    train --epochs 0.5
    local command
    command=$(tail -n 1 <<<"$stderr")
    run bash -c "$command --length 20 2>/dev/null"
    [ "$status" -eq 0 ]
    [ -n "$output" ]
}

@test "train -q says nothing, --quiet neither" {
    train --epochs 0.5 -q
    ends 0
    is_silent
    train --epochs 0.5 --quiet
    ends 0
    is_silent
}

@test "train lives with a full standard output, and with a reader of standard error that leaves" {
    run bash -c '"$LETRA" train text.txt -o a.safetensors "$@" --epochs 0.5 -q >/dev/full' x "${small[@]}"
    [ "$status" -eq 0 ]
    run bash -c 'set -o pipefail; "$LETRA" train text.txt -o b.safetensors "$@" 2>&1 | true' x "${small[@]}" \
        --epochs 0.5
    [ "$status" -eq 0 ]
    [ -s b.safetensors ]
}

@test "without -o the model is models/NAME.safetensors, and the folder is made" {
    cp text.txt some.poem.txt
    letra train some.poem.txt "${small[@]}" --epochs 0.5
    ends 0 "the model is models/some.poem.safetensors"
    [ -s models/some.poem.safetensors ]
    [ -s models/some.poem.checkpoint.safetensors ]
}

@test "several texts, and standard input as one of them" {
    printf 'Zebra.\n' >more.txt
    letra train text.txt more.txt -o model.safetensors "${small[@]}" --epochs 0.5
    ends 0 "text.txt and 1 more"
    [ "$(shown model.safetensors vocabulary)" = 48 ]
    run --separate-stderr bash -c '"$LETRA" train - -o in.safetensors "$@" --epochs 0.5 <text.txt' x "${small[@]}"
    ends 0 "standard input: 9,902 characters"
    [ -s in.safetensors ]
}

@test "the model is made as the options say" {
    train --layers 2 --hidden 12 --embed 0 --cell lstm --forget-bias 1 --epochs 0.2
    ends 0 "2 layers of 12 units" "one-hot"
    [ "$(shown model.safetensors layers)" = 2 ]
    [ "$(shown model.safetensors hidden)" = 12 ]
    [ "$(shown model.safetensors embed)" = 0 ]
    [ "$(shown model.safetensors cell)" = '"lstm"' ]
    [ "$(shown model.safetensors forget_bias)" = 1.0 ]
}

@test "it learns as the options say" {
    train --optimizer adamw --lr 0.012 --schedule linear --clip 0.5 --dropout 0.25 --weight-decay 0.125 --average 0.75 \
        --seed 7 --seq-length 12 --batch-size 6 --epochs 0.5
    ends 0 "learning rate 0.012 (linear)" "dropout 0.25" "seed 7"
    [ "$(shown model.safetensors optimizer)" = '"adamw"' ]
    [ "$(shown model.safetensors schedule)" = '"linear"' ]
    [ "$(shown model.safetensors learning_rate)" = 0.012 ]
    [ "$(shown model.safetensors clip)" = 0.5 ]
    [ "$(shown model.safetensors dropout)" = 0.25 ]
    [ "$(shown model.safetensors weight_decay)" = 0.125 ]
    [ "$(shown model.safetensors average)" = 0.75 ]
    [ "$(shown model.safetensors seed)" = 7 ]
    [ "$(shown model.safetensors seq_length)" = 12 ]
    [ "$(shown model.safetensors batch_size)" = 6 ]
}

@test "what is left out is told before and by show" {
    train --dropout 0.25 --dropout-input 0.125 --dropout-output 0.5 --variational --weight-drop 0.375 --zoneout 0.25 \
        --epochs 0.2
    ends 0 "dropout 0.25 (input 0.12, output 0.5, variational), weight drop 0.38, zoneout 0.25, "
    [ "$(shown model.safetensors dropout_input)" = 0.125 ]
    [ "$(shown model.safetensors dropout_output)" = 0.5 ]
    [ "$(shown model.safetensors variational)" = true ]
    [ "$(shown model.safetensors weight_drop)" = 0.375 ]
    [ "$(shown model.safetensors zoneout)" = 0.25 ]
    letra show model.safetensors
    says "dropout       0.25 (input 0.125, output 0.5, variational)" "weight drop   0.375" "zoneout       0.25"
    train --dropout 0.25 --embed 0 --dropout-input 0.5 --epochs 0.2
    ends 0 "dropout 0.25 (input 0.5),"
    [ "$(shown model.safetensors dropout_output)" = 0.25 ]
    train --dropout 0.25 --epochs 0.2
    ends 0 "dropout 0.25,"
    letra show model.safetensors
    says "dropout       0.25"
    [[ $output != *'weight drop'* && $output != *zoneout* ]] || complain 'what nobody asked for'
}

@test "every optimizer is trained with, and its numbers are told before and by show" {
    train --epochs 0.2
    ends 0 "learn   adamw: beta1 0.5, beta2 0.95, epsilon 1e-08; clip 1; warm-up 50 steps; weight decay 0, average 0"
    train --optimizer adam --beta1 0.875 --beta2 0.75 --epsilon 0.5 --weight-decay 0.25 --clip 0 --epochs 0.2
    ends 0 "learn   adam: beta1 0.875, beta2 0.75, epsilon 0.5; warm-up 50 steps; weight decay 0.25, average 0"
    [ "$(shown model.safetensors optimizer)" = '"adam"' ]
    [ "$(shown model.safetensors beta1)" = 0.875 ]
    [ "$(shown model.safetensors beta2)" = 0.75 ]
    [ "$(shown model.safetensors epsilon)" = 0.5 ]
    [ "$(shown model.safetensors rho)" = null ]
    train --optimizer rmsprop --rho 0.875 --epochs 0.2
    ends 0 "learn   rmsprop: rho 0.875, epsilon 1e-08"
    [ "$(shown model.safetensors rho)" = 0.875 ]
    train --optimizer adagrad --epochs 0.2
    ends 0 "learn   adagrad: epsilon 1e-10"
    train --optimizer sgd --momentum 0.5 --nesterov --epochs 0.2
    ends 0 "learn   sgd: momentum 0.5 (Nesterov)"
    [ "$(shown model.safetensors nesterov)" = true ]
    letra show model.safetensors
    says "optimizer     sgd" "Nesterov      0.5"
    [[ $output != *beta1* && $output != *epsilon* && $output != *rho* ]] || complain 'numbers that it does not have'
}

@test "--preset: what is in force is told before and by show; options after it have the last word" {
    train --preset char-rnn --hidden 24 --epochs 0.2
    ends 0 "preset  char-rnn: Karpathy's char-rnn (2015)" "2 layers of 24 units, one-hot input" \
        "run     0.2 epochs; rmsprop, learning rate 0.002 (step: × 0.97 every epoch after 10), dropout 0" \
        "learn   rmsprop: rho 0.95, epsilon 1e-08; clip to ±0.1 each; weight decay 0, average 0; start in ±0.08" \
        "9,407 to train on, 495 to validate, 0 to test"
    [ "$(shown model.safetensors preset)" = '"char-rnn"' ]
    [ "$(shown model.safetensors forget_bias)" = 1.0 ]
    [ "$(shown model.safetensors seq_length)" = 50 ]
    letra show model.safetensors
    says "preset        char-rnn" "optimizer     rmsprop" "rho           0.95" \
        "decay         × 0.97 every epoch after 10" "clip value    0.1"
    train --epochs 0.2
    ends 0
    [[ $stderr != *preset* ]] || complain 'a preset that nobody asked for'
    [ "$(shown model.safetensors preset)" = null ]
}

@test "a run of a preset is resumed where it was" {
    train --preset torch-rnn --hidden 16 --layers 1 --epochs 6 -q
    cp model.safetensors whole.safetensors
    train --preset torch-rnn --hidden 16 --layers 1 --epochs 3 -q
    train --preset torch-rnn --hidden 16 --layers 1 --epochs 6 -q --resume
    ends 0
    "$LETRA" sample model.safetensors -n 200 --seed 1 >resumed 2>&1
    "$LETRA" sample whole.safetensors -n 200 --seed 1 >whole 2>&1
    cmp whole resumed
    train --preset char-rnn --hidden 16 --layers 1 --embed 64 --val 0.1 --test 0.1 --epochs 7 --resume
    ends 1 "was trained with --optimizer adam, but rmsprop is asked for"
}

@test "--init-range is told before and by show" {
    train --init-range 0.125 --epochs 0.2
    ends 0 "; start in ±0.125"
    [ "$(shown model.safetensors init_range)" = 0.125 ]
    letra show model.safetensors
    says "start         uniform in ±0.125"
    train --epochs 0.2
    ends 0
    [[ $stderr != *"start in"* ]] || complain 'a range that was not asked for'
}

@test "the schedule is told before and by show" {
    train --schedule step --lr-decay 0.5 --lr-decay-every 0.5 --lr-decay-after 0.25 --warmup 0 --epochs 1
    ends 0 "(step: × 0.5 every 0.5 epochs after 0.25)"
    [[ $stderr != *warm-up* ]] || complain 'a warm-up that nobody wanted'
    [ "$(shown model.safetensors schedule)" = '"step"' ]
    [ "$(shown model.safetensors lr_decay)" = 0.5 ]
    [ "$(shown model.safetensors lr_decay_every)" = 0.5 ]
    [ "$(shown model.safetensors lr_decay_after)" = 0.25 ]
    [ "$(shown model.safetensors warmup)" = 0.0 ]
    letra show model.safetensors
    says "decay         × 0.5 every 0.5 epochs after 0.25"
    train --schedule exponential --epochs 4
    ends 0 "(exponential: × 0.3162 every epoch)" "warm-up 50 steps"
    train --epochs 0.5
    ends 0 "(linear)"
    [ "$(shown model.safetensors lr_decay)" = null ]
    [ "$(shown model.safetensors warmup)" = 50.0 ]
    letra show model.safetensors
    says "warm-up       50"
    [[ $output != *"decay         ×"* ]] || complain 'a decay that linear does not have'
    train --epochs 3
    ends 0 "(cosine)" "beta2 0.99"
}

@test "--clip-value stands for --clip, unless both are given" {
    train --clip-value 0.125 --epochs 0.2
    ends 0 "epsilon 1e-08; clip to ±0.125 each; warm-up"
    [ "$(shown model.safetensors clip)" = 0.0 ]
    [ "$(shown model.safetensors clip_value)" = 0.125 ]
    train --clip-value 0.125 --clip 0.5 --epochs 0.2
    ends 0 "; clip 0.5; clip to ±0.125 each;"
    [ "$(shown model.safetensors clip)" = 0.5 ]
    letra show model.safetensors
    says "clip value    0.125"
    train --clip auto --epochs 0.2
    ends 0 "; clip 1; warm-up"
}

@test "--resume does not go on with another optimizer" {
    train --epochs 0.5 -q
    train --epochs 1 --resume --optimizer adam
    ends 1 "model.checkpoint.safetensors was trained with --optimizer adamw, but adam is asked for; " \
        "give --optimizer adamw"
}

@test "--clip 0, --dropout 0, auto and --threads 2 are taken" {
    train --clip 0 --dropout 0 --weight-decay auto --average auto --lr auto --epochs 0.2 --threads 2
    ends 0 "dropout 0,"
    [ "$(shown model.safetensors clip)" = 0.0 ]
}

@test "--precision: f32 everywhere; bf16 where the processor has it, otherwise it is refused; auto says which" {
    train --precision f32 --epochs 0.5
    ends 0 ", f32, seed"
    [ "$(shown model.safetensors training_precision)" = '"f32"' ]
    cp model.safetensors exact.safetensors
    local chosen=f32
    if grep -q avx512_bf16 /proc/cpuinfo && [[ ${DNNL_MAX_CPU_ISA:-AVX512_CORE_BF16} == AVX512_CORE_BF16 ]]; then
        train --precision bf16 --epochs 0.5
        ends 0 ", bf16, seed"
        [ "$(shown model.safetensors training_precision)" = '"bf16"' ]
        run ! cmp model.safetensors exact.safetensors
        ! grep -q AuthenticAMD /proc/cpuinfo || chosen=bf16
        ! grep -q amx_bf16 /proc/cpuinfo || [ -n "${DNNL_MAX_CPU_ISA:-}" ] || chosen=bf16
    fi
    train --epochs 0.5
    ends 0 ", $chosen, seed"
    DNNL_MAX_CPU_ISA=AVX2 train --epochs 0.5
    ends 0 ", f32, seed"
    DNNL_MAX_CPU_ISA=AVX2 train --precision bf16 -o refused.safetensors
    ends 1 "letra: --precision bf16: this processor has neither AMX nor AVX512-BF16; use f32 or auto"
    [ ! -e refused.safetensors ]
}

@test "the same seed gives the same model, another one another" {
    local name
    for name in a b c; do
        letra train text.txt -o $name.safetensors "${small[@]}" --epochs 0.5 -q \
            --seed "$([ $name = c ] && echo 2 || echo 1)"
        ends 0
        "$LETRA" sample $name.safetensors --seed 1 --length 200 >$name.txt
    done
    cmp a.txt b.txt
    run ! cmp a.txt c.txt
}

@test "--time bounds the run" {
    local begin=$SECONDS
    train --time 1s
    ends 0 "run     1 s;" "100%"
    [ $((SECONDS - begin)) -lt 20 ]
}

@test "without a bound one is chosen, and said" {
    head -c 300 text.txt >tiny.txt
    run --separate-stderr timeout -s INT 60 "$LETRA" train tiny.txt -o model.safetensors "${small[@]}" --hidden 4
    [[ $stderr == *"chosen for this text; --epochs or --time say otherwise"* ]] || complain 'no bound said'
}

@test "--val and --test split the text by position" {
    train --val 0.2 --test 0.1 --epochs 0.2
    ends 0 "6,932 to train on, 1,980 to validate, 990 to test"
    letra eval model.safetensors text.txt --split test --json
    says '"chars": 989'
}

@test "--val 0 trains without validation, and says so; a part that is too short too" {
    train --val 0 --epochs 0.2
    ends 0 "note    training without validation" "training loss "
    printf 'abcdefghij' >tiny.txt
    letra train tiny.txt -o model.safetensors "${small[@]}" --epochs 1
    ends 0 "letra: warning: the validation part has under 2 characters: training without validation"
}

@test "a text that is short for the batch is told" {
    head -c 300 text.txt >tiny.txt
    letra train tiny.txt -o model.safetensors "${small[@]}" --batch-size 64 --seq-length 64 --epochs 1
    ends 0 "note    the text is short: --batch-size "
}

@test "--unit byte takes any file" {
    printf '\xFF\xFEab\0c%.0s' $(seq 1 200) >bytes
    letra train bytes -o model.safetensors "${small[@]}" --unit byte --epochs 0.5
    ends 0 "1,200 bytes, a vocabulary of 6" "a byte"
    [ "$(shown model.safetensors unit)" = '"byte"' ]
    letra train bytes -o model.safetensors "${small[@]}" --unit char --epochs 0.5
    ends 1 "bytes: line 1, byte 0: 0xFF is not valid UTF-8" "--unit byte"
}

@test "--replace changes the text first, in order, and stays with the model" {
    train --replace 's/[0-9]//g' --replace 's/FOX|fox/cat/g' --epochs 0.2 -q
    ends 0
    run "$LETRA" show model.safetensors
    says "replace" "s/[0-9]//g" "s/FOX|fox/cat/g"
    [[ $output != *"'0' "* ]] || complain 'a digit is left'
    run --separate-stderr bash -c '"$LETRA" sample model.safetensors --prime "fox 12" --length 0'
    [ "$output" = "cat " ]
}

@test "--log writes JSON lines, null where nothing was measured" {
    train --log log.jsonl --time 2s
    ends 0
    [ "$(wc -l <log.jsonl)" -ge 2 ]
    local key
    for key in step epoch chars seconds train_loss val_loss lr grad_norm chars_per_second rollbacks; do
        [ "$(grep -c "\"$key\":[-0-9n]" log.jsonl)" = "$(wc -l <log.jsonl)" ]
    done
    grep -q '"val_loss":[0-9]' log.jsonl
    run ! grep -v '^{"step":[0-9].*}$' log.jsonl
}

@test "--log is emptied by a new run and goes on in a resumed one" {
    printf 'old\nhalf a li' >log.jsonl
    train --log log.jsonl --epochs 1 -q
    run ! grep -q old log.jsonl
    cp log.jsonl before.jsonl
    train --log log.jsonl --epochs 2 -q --resume
    ends 0
    head -n "$(wc -l <before.jsonl)" log.jsonl | cmp - before.jsonl
    [ "$(wc -l <log.jsonl)" -gt "$(wc -l <before.jsonl)" ]
}

@test "--log of a resumed run is cut off after the checkpoint: a killed run wrote on, and half a line" {
    train --log log.jsonl --epochs 1 -q
    cp log.jsonl before.jsonl
    printf '# a remark\n' >>before.jsonl
    cp before.jsonl log.jsonl
    printf '%s\n' '{"step":99990,"epoch":5}' '{"step":1,"epoch":1}' '{"step":99991,"epoch":5}' >>log.jsonl
    printf '{"step":1' >>log.jsonl
    train --log log.jsonl --epochs 2 -q --resume
    ends 0
    head -n "$(wc -l <before.jsonl)" log.jsonl | cmp - before.jsonl
    run ! grep -q 9999 log.jsonl
    grep -v '^#' log.jsonl | sed 's/^{"step":\([0-9]*\),.*}$/\1/' >steps
    sort -n -c steps
    cp before.jsonl log.jsonl
    printf '{"step":1,"half' >>log.jsonl
    train --log log.jsonl --epochs 3 -q --resume
    ends 0
    run ! grep -q half log.jsonl
    [ "$(wc -l <log.jsonl)" -gt "$(wc -l <before.jsonl)" ]
}

@test "a log that cannot be written is an error before training; one that fills up a warning, and status 1" {
    train --log missing/log.jsonl --epochs 1
    ends 1 "cannot write the log missing/log.jsonl: No such file or directory"
    [ ! -e model.safetensors ]
    printf 'a\xff' >wrong.txt
    letra train wrong.txt -o model.safetensors --log missing/log.jsonl
    ends 1 "cannot write the log missing/log.jsonl" # before the text was read
    train --log /dev/full --epochs 1
    ends 1 "letra: warning: cannot write the log /dev/full: No space left on device"
    [ -s model.safetensors ]
}

@test "a run that is refused leaves no log behind, and the log that was there as it was" {
    letra train text.txt -o model.safetensors --layers 64 --hidden 16384 --log log.jsonl
    ends 1 memory
    [ ! -e log.jsonl ]
    printf 'old\n' >log.jsonl
    letra train text.txt -o model.safetensors --layers 64 --hidden 16384 --log log.jsonl
    ends 1 memory
    [ "$(cat log.jsonl)" = old ]
}

@test "--sample-every prints previews" {
    train --sample-every 0.3s --time 2s
    ends 0 "--- preview ---"
    train --sample-every 0 --epochs 0.2
    ends 0
    [[ $stderr != *preview* ]] || complain 'a preview that nobody wanted'
}

@test "a model that is there is replaced, and that is said" {
    train --epochs 0.2
    ends 0
    [[ $stderr != *"will be replaced"* ]] || complain 'nothing was there'
    train --epochs 0.2 --checkpoint-every 1s
    ends 0 "model.safetensors (what is there now will be replaced by the first save)"
}

# shows PATTERN: a line of the terminal matches; what it shows is in the file screen
shows() {
    tmux -L bar capture-pane -p >screen
    grep -q -e "$1" screen
}

# screen_shows PATTERN: waits for a line of the terminal that matches
screen_shows() {
    until_true shows "$1" || { cat screen >&2 && false; }
}

@test "on a terminal there is a bar, which fits its width and is gone at the end" {
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR
    tmux -L bar -u -f /dev/null new-session -d -x 100 -y 20 \
        "'$LETRA' train text.txt -o model.safetensors ${small[*]} --time 5s; echo over; sleep 30"
    screen_shows '% \(━\|─\).*epoch .* step .* chars/s loss [0-9]*\.[0-9]\{3\} val [0-9]*\.[0-9]\{3\} .* left'
    tmux -L bar resize-window -x 80
    screen_shows '^ *[0-9]*% \(━\|─\)\{6\}.* chars/s loss [0-9.]* val [0-9.]* [0-9:]* left$'
    tmux -L bar resize-window -x 40
    screen_shows '^ *[0-9]*% loss [0-9.]* '
    screen_shows over
    tmux -L bar kill-server
    grep -q 'best validation loss' screen
    run ! grep -q 'chars/s' screen
}
