#!/usr/bin/env bash
# Compares the cells, at about as many parameters each, and prints a table in Markdown.
#
#     LETRA=./letra BENCH=build/release/tests/bench tests/bench/cells.sh [TEXT]
#
# Every cell learns TEXT (Tiny Shakespeare, if it is there) for the same number of characters, with letra's own recipe
# for it. `make bench-cells` keeps the result as tests/bench/cells.md. Figures of a machine on which other programs run
# are worthless, but for the losses: leave it alone meanwhile. Read from the environment besides what common.sh reads:
# EPOCHS.
set -eu

cd "$(dirname "$0")/../.."
source tests/bench/common.sh

text=${1:-$(find_shakespeare)}
epochs=${EPOCHS:-4}
[[ -r $text ]] || {
    echo "$0: there is no text ${text:-of Shakespeare} to learn: name one, or fetch it with" \
        "corpora/get.sh tinyshakespeare" >&2
    exit 1
}

# learn CELL LAYERS HIDDEN: the model, and $scratch/log
learn() {
    "${runner[@]}" "$letra" train "$text" -o "$scratch/model.safetensors" --cell "$1" --layers "$2" --hidden "$3" \
        --epochs "$epochs" --log "$scratch/log" -q
}

# The lowest validation loss in the log.
best_loss() {
    grep -o '"val_loss": *[0-9][0-9.]*' "$scratch/log" | sed 's/.*: *//' | sort -n | head -n 1
}

# The seconds after which the validation loss was at most $1; - if it never was.
seconds_to() {
    paste <(sed 's/.*"seconds": *\([0-9.]*\).*/\1/' "$scratch/log") \
        <(sed 's/.*"val_loss": *\([0-9.a-z]*\).*/\1/' "$scratch/log") |
        awk -v most="$1" '
            $2 != "null" && $2 <= most { printf "%d s\n", $1; found = 1; exit }
            END { if (!found) print "-" }'
}

# row CELL LAYERS HIDDEN
row() {
    local parameters loss speed
    learn "$@"
    parameters=$(parameters_of "$scratch/model.safetensors")
    loss=$(best_loss)
    speed=$(median_speed)
    # shellcheck disable=SC2016 # the backticks are Markdown's
    printf '| `%s` | %s × %s | %s | %.3f | %s | %s |\n' "$1" "$2" "$3" "$(shorten "$parameters")" "$loss" \
        "$(shorten "$speed")" "$(seconds_to 1.60)"
}

cat <<END
# The cells compared

$(print_surroundings)
- ${text##*/}, the last tenth validated on, $epochs epochs each, letra's own recipe, $(nproc) threads

| cell | units | parameters | validation loss, nats | characters a second | time to 1.60 |
| --- | ---: | ---: | ---: | ---: | ---: |
END
while read -r cell layers hidden; do
    row "$cell" "$layers" "$hidden"
done <<<"$equal_cells"
