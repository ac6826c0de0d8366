#!/usr/bin/env bats
# letra train --cell: every cell from the command line, and what is asked of cells that they cannot do.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    make_text >text.txt
}

# train ARGUMENT...: a small network on text.txt, with the embedding that its cells want
train() {
    letra train text.txt -o model.safetensors --layers 2 --hidden 16 --seq-length 16 --batch-size 16 --threads 1 "$@"
}

# refuses WORDS ARGUMENT...: the command line is wrong, and nothing was made
refuses() {
    local words=$1
    shift
    train --epochs 0.2 "$@"
    ends 2 "$words" "Try '"
    [ ! -e model.safetensors ] || complain 'a model was made'
}

@test "every cell learns, is shown, evaluated and written with" {
    local cell
    for cell in rnn rnn-relu gru gru-before slstm mlstm; do
        train --cell "$cell" --epochs 2
        ends 0 "model   $cell, 2 layers of 16 units"
        [ "$(shown model.safetensors cell)" = "\"$cell\"" ] || complain "show: $cell"
        awk "BEGIN { exit !($(shown model.safetensors best_val_loss) < 3.2) }" || complain "$cell has learned nothing"
        letra eval model.safetensors text.txt
        ends 0
        letra sample model.safetensors --prime 'The' --length 30 --seed 1
        ends 0
        [ "${#output}" -ge 30 ] || complain "$cell wrote too little"
    done
}

@test "a list of cells takes turns, with heads" {
    train --cell mlstm,slstm --layers 4 --heads 2 --epochs 1
    ends 0 "model   mlstm,slstm, 4 layers of 16 units, embedding 16"
    letra show model.safetensors
    says "cell          mlstm: " "slstm: " "heads         2"
    [ "$(shown model.safetensors heads)" = 2 ]
    letra sample model.safetensors --length 20 --seed 1 --count 2
    ends 0
}

@test "a run does not go on with another cell or other heads" {
    train --cell slstm --epochs 0.5
    ends 0
    cp model.checkpoint.safetensors before
    train --cell lstm --embed 16 --epochs 1 --resume
    ends 1 "--cell"
    train --cell slstm --heads 2 --epochs 1 --resume
    ends 1 "--heads"
    cmp before model.checkpoint.safetensors
}

@test "xLSTM weights are a start; with other heads they are not" {
    train --cell mlstm --epochs 0.5
    ends 0
    letra train text.txt -o new.safetensors --cell mlstm --layers 2 --hidden 16 --epochs 0.1 --threads 1 \
        --init-from model.safetensors
    ends 0 "start   the weights of model.safetensors"
    letra train text.txt -o other.safetensors --cell mlstm --layers 2 --hidden 16 --heads 8 --epochs 0.1 \
        --threads 1 --init-from model.safetensors
    ends 1 "heads"
    [ ! -e other.safetensors ]
}

@test "what cells cannot do is refused" {
    refuses "--cell: unknown cell 'lstn'; did you mean 'lstm'?" --cell lstn
    refuses '--cell names 3 cells for --layers 2' --cell lstm,gru,rnn
    refuses '--heads: the cell lstm has none' --heads 2
    refuses '--hidden 16: the cell slstm divides it among --heads 3, so give a multiple' --cell slstm --heads 3
    refuses "--embed 0: the cell mlstm adds to its input, so give --hidden's 16, or auto" --cell mlstm --embed 0
    refuses "--embed 8: the cell slstm adds to its input, so give --hidden's 16, or auto" --cell slstm --embed 8
    refuses "--embed 0: the cell mlstm adds to its input" --preset char-rnn --cell mlstm --hidden 16
    refuses '--forget-bias: the cell gru has no forget gate' --cell gru --forget-bias 1
    refuses '--weight-drop: the cell mlstm has no recurrent weights' --cell mlstm --weight-drop 0.5
    refuses '--zoneout: the cell mlstm has no states for it' --cell slstm,mlstm --zoneout 0.1
    refuses "--preset: unknown preset 'char-rn'; did you mean 'char-rnn'?" --preset char-rn
}

@test "no more than the vocabulary's size makes one-hot vectors wide enough for a residual cell" {
    tr -dc 'a-p' <text.txt >letters.txt
    letra train letters.txt -o model.safetensors --cell slstm --heads 1 --hidden 16 --embed 0 --epochs 0.2 --threads 1
    ends 2 "--embed 0: the cell slstm adds to its input"
}
