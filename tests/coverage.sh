#!/bin/sh
# Prints which part of the lines and branches of src/ ran: of each folder, of all, and of the files below 80 %.
#
#     tests/coverage.sh build/coverage      (make coverage)
#
# What is compiled once for each instruction set counts as run where one of them ran.
set -eu

objects=$1
table=$(mktemp)
trap 'rm -f "$table"' EXIT
gcovr --root . --object-directory "$objects" --filter 'src/' --csv --output "$table" "$objects" >/dev/null
[ "$(wc -l <"$table")" -gt 1 ] || {
    echo "tests/coverage.sh: nothing was counted under $objects" >&2
    exit 1
}

# filename,line_total,line_covered,line_percent,branch_total,branch_covered,branch_percent,...
awk -F , '
    function part(covered, total) { return total > 0 ? sprintf("%5.1f %%", 100 * covered / total) : "      -" }
    function row(name, covered, total, branches_covered, branches) {
        printf "%-40s %8d %s %9d %s\n", name, total, part(covered, total), branches, part(branches_covered, branches)
    }
    NR > 1 {
        split($1, parts, "/")
        folder = parts[1] "/" parts[2]
        if (!(folder in lines)) order[++folders] = folder
        lines[folder] += $2; lines_run[folder] += $3; branches[folder] += $5; branches_run[folder] += $6
        all_lines += $2; all_lines_run += $3; all_branches += $5; all_branches_run += $6
        if ($2 > 0 && $3 < 0.8 * $2) low[++lows] = $0
    }
    END {
        printf "%-40s %8s %7s %9s %7s\n", "", "lines", "run", "branches", "run"
        for (k = 1; k <= folders; k++) {
            folder = order[k]
            row(folder, lines_run[folder], lines[folder], branches_run[folder], branches[folder])
        }
        row("all", all_lines_run, all_lines, all_branches_run, all_branches)
        if (lows > 0) print "\nBelow 80 % of the lines:"
        for (k = 1; k <= lows; k++) {
            split(low[k], x, ",")
            row(x[1], x[3], x[2], x[6], x[5])
        }
    }' "$table"
