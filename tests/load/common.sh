# shellcheck shell=bash
# What the tests under load share: a program that works for minutes is watched from outside, and then it is said what
# became of its memory and its speed. Read with `source`, after which these are set:
#
#     letra     the program that is tested ($LETRA)
#     scratch   a folder that is removed at the end, and with it what was started by `start`
#
# Memory is what /proc says is resident. It is judged after a warm-up: the median of the last quarter of the run may be
# above the median of the second quarter by no more than the test allows. So of what leaks evenly half is seen. Speed is
# reported and not judged.
set -euo pipefail

export LC_ALL=C.UTF-8 # decimal points
letra=${LETRA:-./letra}
scratch=$(mktemp -d)
watched=
trap 'end_watched; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

[[ -x $letra ]] || {
    echo "$0: there is no $letra: run make" >&2
    exit 1
}

end_watched() {
    [[ -n $watched ]] || return 0
    kill -KILL "$watched" 2>/dev/null || true
    wait "$watched" 2>/dev/null || true
}

fail() {
    echo "$0: $*" >&2
    exit 1
}

# start COMMAND...: in the background, with standard output into $scratch/output and standard error into $scratch/errors
start() {
    : >"$scratch/output"
    "$@" >"$scratch/output" 2>"$scratch/errors" </dev/null &
    watched=$!
}

# note: appends "seconds kilobytes_resident bytes_written" to $scratch/series; false when what was started is over
note() {
    local resident
    resident=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$watched/status" 2>/dev/null) || return 1
    [[ -n $resident ]] || return 1 # over, and not waited for yet
    echo "$EPOCHREALTIME $resident $(stat -c %s "$scratch/output")" >>"$scratch/series"
}

# finish: waits for the end of what was started, which must be a good one
finish() {
    local status=0
    wait "$watched" || status=$?
    watched=
    ((status == 0)) || fail "exit status $status: $(tail -n 5 "$scratch/errors")"
}

# watch COMMAND...: starts it, notes ten times a second until it is over, and waits for it
watch() {
    rm -f "$scratch/series"
    start "$@"
    while note; do
        sleep 0.1
    done
    finish
}

# seconds_watched: how long
seconds_watched() {
    awk 'NR == 1 { begin = $1 } END { printf "%.0f\n", $1 - begin }' "$scratch/series"
}

# resident_in FROM TO: the median of the kilobytes between two parts of the time, as 0.25 0.5
resident_in() {
    awk -v from="$1" -v to="$2" '
        { time[NR] = $1; kilobytes[NR] = $2 }
        END {
            for (k = 1; k <= NR; k++) {
                part = (time[k] - time[1]) / (time[NR] - time[1])
                if (part >= from && part <= to) print kilobytes[k]
            }
        }' "$scratch/series" | sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'
}

# speed_between FROM TO: bytes a second, from the first note with so many bytes written to the first with so many
speed_between() {
    awk -v from="$1" -v to="$2" '
        $3 >= from && !begun { begun = 1; begin = $1; first = $3 }
        $3 >= to { printf "%.0f\n", ($1 > begin) ? ($3 - first) / ($1 - begin) : 0; exit }' "$scratch/series"
}

row() {
    printf '%-36s %s\n' "$1" "$2"
}

# judge_memory KILOBYTES: what became of it; fails if there came more than these
judge_memory() {
    local early late notes
    notes=$(wc -l <"$scratch/series")
    ((notes >= 20)) || fail "only $notes looks at the memory: give it more to do"
    early=$(resident_in 0.25 0.5)
    late=$(resident_in 0.75 1)
    row 'resident, second quarter' "$early kB"
    row 'resident, in the middle' "$(resident_in 0.4 0.6) kB"
    row 'resident, last quarter' "$late kB (allowed: $((early + $1)))"
    ((late <= early + $1)) || fail "memory grew by $((late - early)) kB, and not more than $1 are allowed"
}
