#!/usr/bin/env bats
# The command line: help, versions, options and their values, and what is said about wrong ones.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

commands=(corpus train sample fill repl eval novelty show import)

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# wrong WORDS -- ARGUMENT...: the command line is refused with these words and a hint
wrong() {
    local words=$1
    shift 2
    letra "$@"
    ends 2 "letra: " "$words" "--help'"
    [ -z "$output" ] || complain 'expected nothing on standard output'
    [ "${#stderr_lines[@]}" -eq 2 ] || complain 'expected a message and a hint'
}

@test "letra, letra --help, -h, help: the commands, on standard output" {
    local arguments
    for arguments in "" --help -h help; do
        # shellcheck disable=SC2086
        letra $arguments
        ends 0
        is_silent
        says "Usage: letra COMMAND" "${commands[@]}" --version
    done
}

@test "letra --version, -v" {
    letra --version
    ends 0
    is_silent
    [[ $output =~ ^letra\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || complain 'not a version'
    letra -v
    ends 0
    says "letra "
    wrong "'x' is one argument too many" -- --version x
}

@test "every command explains itself: COMMAND --help, -h, help COMMAND" {
    local command
    for command in "${commands[@]}"; do
        letra "$command" --help
        ends 0
        is_silent
        says "Usage: letra $command" "--help"
        local help=$output
        letra help "$command"
        ends 0
        [ "$output" = "$help" ] || complain "help $command differs"
        letra "$command" -h
        [ "$output" = "$help" ] || complain "$command -h differs"
    done
}

@test "help lists the options of the contract, with their defaults" {
    letra train --help
    says "--preset PRESET" "-o, --output MODEL" "--cell CELL" "--layers N" "--hidden N" "--embed N" \
        "--forget-bias" "--init-range" "--seq-length N" "--batch-size N" "--epochs" "--time TIME" \
        "--optimizer" "rmsprop" "adagrad" "--lr" "--beta1 X" "--beta2 X" "--rho X" "--epsilon X" "--momentum X" \
        "--nesterov" "--schedule" "--warmup N" "--lr-decay X" "--lr-decay-every X" "--lr-decay-after X" "--clip" \
        "--clip-value" "--dropout" "--dropout-input X" "--dropout-output X" "--variational" "--weight-drop X" \
        "--zoneout X" "--weight-decay" "--average" "--unit" "--replace" "--val" "--test" "--seed" "--threads" \
        "--resume" "--checkpoint-every" "--log FILE" "--sample-every" "-q, --quiet" \
        "(default: 256)" "(default: 2)" "adamw" "cosine" "lstm" "(default: 0.1)" "(default: auto)"
    letra sample --help
    says "--prime TEXT" "--prime-file FILE" "-n, --length N" "(default: 1000)" "-t, --temperature" "--top-k" "--top-p" \
        "--min-p" "--typical-p" "--repeat-penalty" "--repeat-window" "--greedy" "--seed" "--count" \
        "--stop" "--beam" "--no-echo" "--unknown" "error, skip" "--threads"
    letra fill --help
    says "--file FILE" "--gap LENGTH" "(default: 1-20)" "--count N" "--beam N" "(default: 128)" "--json" "--precision" \
        "--unknown" "--threads"
    letra repl --help
    says "--length N" "(default: 300)" "--temperature" "--top-k" "--top-p" "--min-p" "--seed" "--stop" "--unknown" \
        "--threads"
    letra eval --help
    says "--json" "--split PART" "all, train, val, test" "--unknown" "--threads"
    letra show --help
    says "--json"
    letra import --help
    says "--vocab FILE" "-o, --output MODEL"
}

@test "help of train lists the optimizers with their numbers, and the presets with their options" {
    letra train --help
    says "adamw " "AdamW (Loshchilov & Hutter 2019): beta1 0.5" "rmsprop " "rho 0.99" "momentum 0.9" \
        "char-rnn " "--optimizer rmsprop" "--lr-decay 0.97" "torch-rnn " "--embed 64" "karpathy-2015 " \
        "--seq-length 100"
}

@test "help keeps within the width of a terminal" {
    "$LETRA" train --help >help.txt
    [ "$(wc -L <help.txt)" -le 80 ]
}

@test "an unknown command is answered with the nearest one" {
    wrong "unknown command 'trian'; did you mean 'train'?" -- trian x
    wrong "unknown command 'sampel'; did you mean 'sample'?" -- sampel
    wrong "did you mean 'eval'?" -- evla
    wrong "unknown command 'xyzzy'; there is: corpus, train, sample, fill, repl, eval, novelty, show, import, help" \
        -- xyzzy
    wrong "unknown command 'trian'; did you mean 'train'?" -- help trian
    wrong "a command comes first" -- --hidden 3
    wrong "unknown option '--verison'; did you mean '--version'?" -- --verison
    wrong "unknown option '--hlep'; did you mean '--help'?" -- --hlep
    wrong "'b' is one argument too many" -- help train b
}

@test "an unknown option is answered with the nearest one" {
    wrong "unknown option '--temprature'; did you mean '--temperature'?" -- sample m --temprature 1
    wrong "unknown option '--hiden'; did you mean '--hidden'?" -- train x --hiden=3
    wrong "unknown option '--josn'; did you mean '--json'?" -- show m --josn
    wrong "unknown option '--xyzzy'" -- train x --xyzzy
    wrong "unknown option '-x'" -- train x -x
    wrong "unknown option '-ñ'" -- sample m -ñ
    wrong "unknown option '-漢'" -- train x -q漢é y
    wrong "unknown option '-\\xC3'" -- sample m $'-\xC3'
}

@test "an option may be shortened as long as it is clear which one is meant" {
    letra train --hel
    ends 0
    wrong "option '--top' is ambiguous: it may be --top-k, --top-p" -- sample m --top 3
    wrong "--temperature 500: must be from 0 to 100" -- sample m --temp 500
}

@test "arguments of options: missing ones, and those that a flag does not take" {
    wrong "--length needs an argument: --length N" -- sample m --length
    wrong "--length needs an argument" -- sample m -n
    wrong "--json takes no argument (in '--json=yes')" -- show m --json=yes
}

@test "arguments of commands: missing ones, and too many" {
    wrong "TEXT is missing" -- train
    wrong "MODEL is missing" -- sample
    wrong "MODEL is missing" -- repl
    wrong "MODEL is missing" -- show
    wrong "MODEL is missing" -- eval
    wrong "TEXT is missing" -- eval m
    wrong "FILE is missing" -- import
    wrong "'b' is one argument too many" -- sample a b
    wrong "'b' is one argument too many" -- show a b
    wrong "'b' is one argument too many" -- repl a b
    wrong "--vocab FILE is missing" -- import x
}

@test "numbers: rubbish behind them, none at all, out of range" {
    wrong "--hidden 12x: '12x' is not a whole number" -- train x --hidden 12x
    wrong "--hidden 1.5: '1.5' is not a whole number" -- train x --hidden 1.5
    wrong "--hidden '': '' is not a whole number" -- train x --hidden=
    wrong "--hidden 0: must be from 1 to 16384" -- train x --hidden 0
    wrong "--hidden -3: must be from 1 to 16384" -- train x --hidden -3
    wrong "--layers 99999999999999999999999: must be from 1 to 64" -- train x --layers 99999999999999999999999
    wrong "--embed -1: must be from 0" -- train x --embed -1
    wrong "--lr abc: 'abc' is not a number, nor 'auto'" -- train x --lr abc
    wrong "--lr 0: must be more than 0" -- train x --lr 0
    wrong "--dropout 1: must be from 0 to 0.99, or 'auto'" -- train x --dropout 1
    wrong "--dropout-input 1: must be from 0 to 0.99" -- train x --dropout-input 1
    wrong "--zoneout 1: must be from 0 to 0.99" -- train x --zoneout 1
    wrong "--weight-drop 1: must be from 0 to 0.99" -- train x --weight-drop 1
    wrong "--dropout-output x: 'x' is not a number" -- train x --dropout-output x
    wrong "--clip -1: must be from 0" -- train x --clip -1
    wrong "--init-range -1: must be from 0" -- train x --init-range -1
    wrong "--clip-value -1: must be from 0" -- train x --clip-value -1
    wrong "--val 2: must be from 0" -- train x --val 2
    wrong "--temperature nan: 'nan' is not a number" -- sample m -t nan
    wrong "--temperature 0x1: '0x1' is not a number" -- sample m -t 0x1
    wrong "' 1' is not a number" -- sample m -t ' 1'
    wrong "--temperature 1,5: '1,5' is not a number" -- sample m -t 1,5
    wrong "--temperature 1e999: must be from 0 to 100" -- sample m -t 1e999
    wrong "--top-p 0: must be more than 0 and at most 1" -- sample m --top-p 0
    wrong "--min-p 1.1: must be from 0 to 1" -- sample m --min-p 1.1
    wrong "--typical-p 0: must be more than 0 and at most 1" -- sample m --typical-p 0
    wrong "--repeat-penalty 0: must be from 0.01 to 100" -- sample m --repeat-penalty 0
    wrong "--repeat-window 513: must be from 0 to 512" -- sample m --repeat-window 513
    wrong "--greedy is --temperature 0, and --temperature 0.7 was asked for: give one" -- sample m --greedy -t 0.7
    wrong "--greedy is --temperature 0" -- repl m --greedy -t 0.7
    wrong "--top-k -1: must be from 0" -- sample m --top-k -1
    wrong "--count 0: must be from 1" -- sample m --count 0
    wrong "--seed x: 'x' is not a whole number, nor 'random'" -- sample m --seed x
    wrong "--threads 0: must be from 1 to 1024, or 'all'" -- sample m --threads 0
}

@test "sizes take k, M and G; times take s, m and h" {
    wrong "--length 5x: '5x' is not a whole number (k, M or G may follow it)" -- sample m -n 5x
    wrong "--length -5k: must be from 0" -- sample m -n -5k
    wrong "--time 5x: '5x' is not a time (90s, 15m, 2h, 1h30m), nor 'auto'" -- train x --time 5x
    wrong "--time 1h30: '1h30' is not a time" -- train x --time 1h30
    wrong "--time 0: must be more than 0" -- train x --time 0
    wrong "--checkpoint-every -1s: must be from 0" -- train x --checkpoint-every -1s
    local good
    for good in 90 25s 1.5h 1h30m .5m auto; do
        letra train missing.txt --time "$good"
        ends 1 "missing.txt"
    done
    for good in 0 7 10k 2M 1G; do
        letra sample missing.safetensors --length "$good"
        ends 1 "missing.safetensors"
    done
}

@test "names: the nearest right one, and those that there are" {
    wrong "--cell: unknown cell 'lstn'; did you mean 'lstm'? (there is: lstm" -- train x --cell lstn
    wrong "unknown optimizer 'adamv'; did you mean 'adamw'? (there is: adamw, adam, rmsprop, adagrad, sgd)" -- \
        train x --optimizer adamv
    wrong "unknown optimizer 'rsmprop'; did you mean 'rmsprop'?" -- train x --optimizer rsmprop
    wrong "--preset: unknown preset 'charrnn'; did you mean 'char-rnn'? (there is: char-rnn, torch-rnn, " -- \
        train x --preset charrnn
    wrong "unknown preset 'nano-gpt' (there is: " -- train x --preset nano-gpt
    wrong "unknown schedule 'cosin'; did you mean 'cosine'?" -- train x --schedule cosin
    wrong "unknown unit 'bite'; did you mean 'byte'?" -- train x --unit bite
    wrong "unknown part 'tset'; did you mean 'test'?" -- eval m x --split tset
    wrong "unknown action 'skp'; did you mean 'skip'?" -- sample m --unknown skp
    wrong "unknown precision 'int9'; did you mean 'int8'? (there is: auto, f32, bf16, int8)" -- \
        sample m --precision int9
    wrong "unknown precision 'int8' (there is: auto, f32, bf16)" -- train x --precision int8
    wrong "unknown precision 'f23'; did you mean 'f32'?" -- repl m --precision f23
    wrong "unknown precision 'xyzzy' (there is: " -- sample m --precision xyzzy
    wrong "unknown cell 'xyzzy' (there is: " -- train x --cell xyzzy
    wrong "unknown cell 'out of memory' (there is: " -- train x --cell 'out of memory' # that is no lack of it
}

@test "options that do not go together" {
    wrong "--prime and --prime-file: give one of them" -- sample m --prime a --prime-file b
    wrong "--val 0.6 and --test 0.4 leave nothing to train on" -- train x --val 0.6 --test 0.4
    wrong "say with -o where the model shall be" -- train -
    wrong "'-' can be given once" -- train - - -o x
    wrong "where the checkpoint of another belongs: say with -o" -- train folder/foo.checkpoint.txt
    wrong "not to standard output" -- train x -o -
    wrong "--log -: give a file" -- train x --log -
    wrong "'-' can be given once" -- eval - -
    wrong "'-' can be given once" -- eval m - -
    wrong "'-' can be given once" -- sample - --prime-file -
    wrong "'-' can be given once" -- import - --vocab - -o x
    wrong "-: standard input is what is typed" -- repl -
}

@test "options that the optimizer has no use for" {
    wrong "--momentum goes with --optimizer sgd, not adamw" -- train x --momentum 0.9
    wrong "--nesterov goes with --optimizer sgd, not rmsprop" -- train x --optimizer rmsprop --nesterov
    wrong "--beta1 goes with --optimizer adamw or adam, not sgd" -- train x --beta1 0.9 --optimizer sgd
    wrong "--beta2 goes with --optimizer adamw or adam, not adagrad" -- train x --optimizer adagrad --beta2 0
    wrong "--rho goes with --optimizer rmsprop, not adam" -- train x --optimizer adam --rho 0.95
    wrong "--epsilon goes with --optimizer adamw or adam or rmsprop or adagrad, not sgd" -- \
        train x --optimizer sgd --epsilon 1e-8
    wrong "--nesterov needs a --momentum above 0" -- train x --optimizer sgd --nesterov --momentum 0
    wrong "--epsilon 0: must be from 1e-20 to 1, or 'auto'" -- train x --epsilon 0
    letra train missing.txt --optimizer sgd --beta1 auto
    ends 1 "missing.txt"
}

@test "what a preset says and nobody else is passed over, if another optimizer or schedule has no use for it" {
    letra train missing.txt --preset char-rnn --optimizer adamw --schedule cosine
    ends 1 "missing.txt"
    wrong "--rho goes with --optimizer rmsprop, not adamw" -- train x --preset char-rnn --optimizer adamw --rho 0.95
    wrong "--lr-decay goes with --schedule step or exponential, not cosine" -- \
        train x --preset char-rnn --lr-decay 0.9 --schedule cosine
}

@test "options that the schedule has no use for" {
    wrong "--lr-decay goes with --schedule step or exponential, not auto" -- train x --lr-decay 0.5
    wrong "--lr-decay-every goes with --schedule step or exponential, not cosine" -- \
        train x --lr-decay-every 1 --schedule cosine
    wrong "--lr-decay-after goes with --schedule step or exponential, not constant" -- \
        train x --schedule constant --lr-decay-after 3
    wrong "--lr-decay 1.5: must be more than 0 and at most 1, or 'auto'" -- train x --schedule step --lr-decay 1.5
    wrong "option '--lr-dec' is ambiguous: it may be --lr-decay, --lr-decay-every, --lr-decay-after" -- \
        train x --lr-dec 0.5
}

@test "what comes after -- is no option" {
    letra train -- --hidden
    ends 1 "cannot open --hidden"
}

@test "texts on the command line cannot steer the terminal" {
    letra train x --hidden $'\e[31m'
    ends 2 '\e[31m'
    [[ $stderr != *$'\e'* ]] || complain 'an escape came through'
}

@test "a standard output that is full or closed is an error, a reader that leaves is none" {
    local arguments
    for arguments in "" --help --version help "help train" "train --help" "sample -h"; do
        # shellcheck disable=SC2086
        run bash -c '"$LETRA" "$@" 2>&1 >/dev/full' letra $arguments
        [ "$status" -eq 1 ]
        [ "$output" = "letra: could not write to standard output: No space left on device" ]
        # shellcheck disable=SC2086
        run bash -c '"$LETRA" "$@" 2>&1 >&-' letra $arguments
        [ "$status" -eq 1 ]
        [[ $output == "letra: could not write to standard output: "* ]]
        # shellcheck disable=SC2086
        run bash -c 'set -o pipefail; "$LETRA" "$@" 2>&1 | true' letra $arguments
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
}
