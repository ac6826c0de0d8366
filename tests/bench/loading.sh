#!/usr/bin/env bash
# Measures how long texts of 1 MB to 4 GB take to load, and how much memory, and prints tables in Markdown.
#
#     LETRA=./letra BENCH=build/release/tests/bench tests/bench/loading.sh [MEGABYTES...]       (make bench-loading)
#
# It takes a little more than twice the largest size of disk under $TMPDIR (or /tmp), and of memory; sizes for which
# there is too little of either are left out, and that is said.
set -eu

cd "$(dirname "$0")/../.."
source tests/bench/common.sh

sizes=("$@")
((${#sizes[@]} > 0)) || sizes=(1 16 256 1000 4000)
limit=1048576 # kB of address space for the training

# What is repeated: English, which is ASCII, or Spanish and as much of many scripts, not all of it NFC.
make_ascii() {
    cat corpora/english.txt
}
make_mixed() {
    cat corpora/spanish.txt
    for _ in $(seq 1 16); do cat corpora/scripts.txt; done
}

# make_text KIND MEGABYTES: $scratch/text, of whole lines
make_text() {
    "make_$1" >"$scratch/part"
    local bytes times
    bytes=$(stat -c %s "$scratch/part")
    times=$((($2 * 1000000 + bytes / 2) / bytes))
    ((times > 0)) || times=1
    for _ in $(seq 1 $times); do cat "$scratch/part"; done >"$scratch/text"
    sync "$scratch/text" # or the disk would be busy with it
}

# free_megabytes WHAT: on the disk or in memory
free_megabytes() {
    case $1 in
    disk) df -Pk "$scratch" | awk 'NR == 2 { print int($4 / 1000) }' ;;
    memory) awk '$1 == "MemAvailable:" { print int($2 / 1000) }' /proc/meminfo ;;
    esac
}

# load MEGABYTES [FOLDER]: "SECONDS BYTES UNITS MEMORY ADDRESSES", the quickest of three times, large texts once
load() {
    local times=3
    (($1 < 1000)) || times=1
    for _ in $(seq 1 $times); do
        "${runner[@]}" "$programs/loading" "$scratch/text" "${@:2}"
    done | sort -g | head -n 1
}

# columns "SECONDS BYTES UNITS MEMORY ADDRESSES": time, speed and memory
columns() {
    awk '{ printf " %.*f s | %.0f MB/s | %.0f MB |", ($1 < 1 ? 3 : 1), $1, $2 / $1 / 1e6, $4 / 1e6 }' <<<"$1"
}

print_table() {
    local size
    printf '| text | in memory: time | | peak memory | --cache: time | | peak memory |\n'
    printf '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n'
    for size in "${sizes[@]}"; do
        if (($(free_megabytes disk) < size * 2 + size / 2 + 100)); then
            printf '| %s MB | too little room on the disk | | | | | |\n' "$size"
            continue
        fi
        make_text "$1" "$size"
        printf '| %s MB |' "$size"
        if (($(free_megabytes memory) < size * 2 + size / 4 + 100)); then
            printf ' too little memory | | |'
        else
            columns "$(load "$size")"
        fi
        columns "$(load "$size" "$scratch")"
        printf '\n'
    done
}

# A training in little address space, of the text that was made last.
print_training() {
    local from=$EPOCHREALTIME line
    echo "The last of these texts trained for some steps in a process that was limited to 1 GB of address space:"
    echo
    echo "    \$ ulimit -v $limit"
    echo "    \$ letra train TEXT --cache FOLDER --hidden 128 --epochs 0.00001 --val 0"
    (
        ulimit -v "$limit"
        "${runner[@]}" "$letra" train "$scratch/text" -o "$scratch/model.safetensors" --cache "$scratch" \
            --hidden 128 --epochs 0.00001 --val 0 2>&1
    ) | while IFS= read -r line; do printf '    %s\n' "${line//"$scratch/"/}"; done |
        grep -E '^    (text|cache|trained|letra:)'
    awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "\nfrom start to end in %.0f s.\n", b - a }'
}

printf '# Loading texts\n\n'
print_surroundings
cat <<'END'

Made by "make bench-loading". From the file (in the system's cache) to units that can be trained on: decoded, brought
into NFC, newlines made one, counted, encoded; on one core. The quickest of three times, from 1 GB on the only one. Peak
memory is that of the process, after all units have been read again. With --cache the units lie in a file on the same
disk.

## ASCII

END
print_table ascii
printf '\n## Mixed: half Spanish, half many scripts\n\n'
print_table mixed
printf '\n## Training a text that is larger than memory\n\n'
print_training
