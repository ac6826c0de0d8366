#!/bin/sh
# Prints which part of the lines and branches of src/ ran: of each folder, of all, and of the files below 80 % of the
# lines.
#
#     tests/coverage.sh build/coverage [FILE...]      (make coverage)
#
# Of each FILE (src/base/file.c) the lines that did not run are printed instead. What is compiled several times, for
# each instruction set or in each source that includes it, ran where one of them did.
set -eu

objects=$1
shift
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
find "$objects" -name '*.gcno' -exec gcov -t -b -c {} + >"$counts" 2>/dev/null || true # the next line tells
grep -q 'Source:src/' "$counts" || {
    echo "tests/coverage.sh: nothing was counted under $objects" >&2
    exit 1
}

# Lines of gcov: "COUNT:NUMBER:SOURCE", with - for what is no code and ##### for what did not run, and below them
# "branch NUMBER taken COUNT" or "branch NUMBER never executed".
awk -v wanted=" $* " '
    /^ *-: *0:Source:/ {
        file = $0
        sub(/^.*Source:/, "", file)
        ours = file ~ /^src\//
        next
    }
    !ours { next }
    /^branch/ {
        key = line SUBSEP $2
        if (!(key in branch)) { branch[key] = 0; branches[file]++ }
        if ($3 == "taken" && $4 != 0 && !branch[key]) { branch[key] = 1; branches_run[file]++ }
        next
    }
    /^ *[^ :]+: *[0-9]+:/ {
        split($0, parts, ":")
        count = parts[1]
        sub(/^ */, "", count)
        line = file ":" (parts[2] + 0)
        if (count == "-") next
        if (!(line in ran)) {
            ran[line] = 0
            lines[file]++
            text[line] = substr($0, index($0, parts[2] ":"))
            order[++total] = line
        }
        if (count !~ /^[#=]/ && !ran[line]) { ran[line] = 1; lines_run[file]++ }
    }
    function part(some, all) { return all > 0 ? sprintf("%5.1f %%", 100 * some / all) : "      -" }
    function row(name, all, some, all_branches, some_branches) {
        return sprintf("%-44s %7d %s %9d %s", name, all, part(some, all), all_branches,
            part(some_branches, all_branches))
    }
    END {
        if (wanted != "  ") {
            for (k = 1; k <= total; k++) {
                split(order[k], parts, ":")
                if (!ran[order[k]] && index(wanted, " " parts[1] " ")) print parts[1] ":" text[order[k]]
            }
            exit
        }
        printf "%-44s %7s %7s %9s %7s\n", "", "lines", "run", "branches", "run"
        fflush()
        for (name in lines) {
            split(name, parts, "/")
            folder = name ~ /\/.*\// ? parts[1] "/" parts[2] : "src"
            folder_lines[folder] += lines[name]; folder_run[folder] += lines_run[name]
            folder_branches[folder] += branches[name]; folder_branches_run[folder] += branches_run[name]
            all_lines += lines[name]; all_run += lines_run[name]
            all_branches += branches[name]; all_branches_run += branches_run[name]
        }
        for (folder in folder_lines)
            print row(folder, folder_lines[folder], folder_run[folder], folder_branches[folder],
                folder_branches_run[folder]) | "sort"
        close("sort")
        print row("all", all_lines, all_run, all_branches, all_branches_run)
        print "\nBelow 80 % of the lines:"
        fflush()
        for (name in lines)
            if (lines_run[name] < 0.8 * lines[name])
                print row(name, lines[name], lines_run[name], branches[name], branches_run[name]) | "sort"
        close("sort")
    }' "$counts"
