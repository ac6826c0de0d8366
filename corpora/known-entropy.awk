#!/usr/bin/awk -f
#
# known-entropy.awk: text from a source whose entropy rate is known exactly.
#
#     corpora/known-entropy.awk -v n=200000 -v seed=1 > text.txt
#     corpora/known-entropy.awk -v entropy_only=1
#
#     n             characters to write, from 3                  (200000)
#     seed          which text: 0 to 2147483397                  (1)
#     tail          above 0, to 1: the part at the end of the    (0.1)
#                   text that tail_nats speaks of
#     entropy_only  1: print the rate in nats and nothing else   (0)
#
# The text goes to standard output: n characters, with no newline in it or
# after it.  One line goes to standard error:
#
#     known-entropy: rate_nats=R rate_bits=R text_nats=T tail_nats=T n=N seed=S
#
# Why.  A model's loss on an ordinary text says how it compares with other
# models, not how far it is from what is possible.  Here that is known: in the
# long run no model comes below the entropy rate, and a good one comes close.
#
# The source is a Markov chain of order 2 over ten characters.  The next one,
# x, depends on the last one, r, and on the one before that, q:
#
#     p(x | q r)  =  near[r, x] * far[q, x] / S(q r)
#     S(q r)      =  sum over x of  near[r, x] * far[q, x]
#
# with two tables of small integers (`tables`, below).  Words such as "kanata
# melike" come of it: a vowel follows a consonant, mostly in harmony with the
# vowel before that (a with o, e with i); a consonant seldom comes twice in a
# row of syllables; how a word begins hangs on how the last one ended.  Both
# characters are needed: who knows only how often each character comes is left
# with 2.285 nats a character, who knows the last one with 1.668, who knows
# the last two with the entropy rate, 1.358.
#
# The entropy rate.  A state is the pair (q, r); after it and x comes (r, x).
# In the long run the chain is in each state with the probabilities pi that
# solve
#
#     pi(r x)  =  sum over q of  pi(q r) * p(x | q r),     sum of pi = 1
#
# (there is one solution: every state that comes again can be reached from
# every other), and the rate is the mean uncertainty of the next character:
#
#     H  =  - sum over s, x of  pi(s) * p(x | s) * ln p(x | s)
#
# pi is found by power iteration, averaged (pi <- (pi + pi P) / 2) so that it
# would converge for a chain with a period too.
#
# The text's own figure.  A finite text is luckier or unluckier than the mean.
# text_nats is the mean of -ln p(x | q r), with the true p, over this very
# text: all of its characters but the first two, which lack a context.
# tail_nats is the same over its last int(n * tail + 0.5) characters alone (one
# at least), which is what a validation split reads.  Hold a model's loss on
# the tail against tail_nats: then the luck of the draw is the same on both
# sides.
#
# The random numbers are L'Ecuyer's pair of multiplicative generators of 1988
# (period 2.3e18).  All of their arithmetic is on integers below 2^53, which
# the doubles of awk hold exactly, and a character is chosen by comparing
# integers: mawk, gawk and others write the same text, byte for byte.

BEGIN {
    read_options()
    tables()
    make_source()
    solve_stationary()
    rate = entropy_rate()
    if (entropy_only) {
        print decimal(rate)
        exit 0
    }
    write_text()
    report("known-entropy: rate_nats=" decimal(rate) \
           " rate_bits=" decimal(rate / log(2)) \
           " text_nats=" decimal(text_sum / (n - 2)) \
           " tail_nats=" decimal(tail_sum / tail_count) \
           " n=" n " seed=" seed)
    exit 0
}

# ---- options -------------------------------------------------------------

function read_options() {
    if (ARGC > 1)
        fail("unexpected '" ARGV[1] "': options are given as -v NAME=VALUE")
    if (n == "") n = 200000
    if (seed == "") seed = 1
    if (tail == "") tail = "0.1"
    if (entropy_only == "") entropy_only = 0
    if (!whole(n, 3, 2147483647))
        fail("n must be a whole number from 3 to 2147483647, not '" n "'")
    if (!whole(seed, 0, 2147483397))
        fail("seed must be a whole number from 0 to 2147483397, not '" \
             seed "'")
    if (tail !~ /^[0-9]*[.]?[0-9]+$/ ||
        fraction(tail) <= 0 || fraction(tail) > 1)
        fail("tail must be above 0 and at most 1, not '" tail "'")
    if (entropy_only !~ /^[01]$/)
        fail("entropy_only must be 0 or 1, not '" entropy_only "'")
    n += 0
    seed += 0
    tail_start = n - int(n * fraction(tail) + 0.5) + 1
    if (tail_start > n)
        tail_start = n
    entropy_only += 0
}

function whole(value, low, high) {
    return value ~ /^[0-9]+$/ && length(value) <= 10 &&
           value + 0 >= low && value + 0 <= high
}

# What "0.25" means, with a point whatever the locale (mawk would read 0 where
# a comma is customary).
function fraction(text,    part) {
    split(text, part, /[.]/)
    return part[1] + part[2] / 10 ^ length(part[2])
}

function fail(message) {
    report("known-entropy.awk: " message)
    exit 2
}

function report(line) {
    print line | "cat 1>&2"
    close("cat 1>&2")
}

# Six decimals, with a point whatever the locale.
function decimal(value,    digits) {
    digits = sprintf("%.6f", value)
    sub(/,/, ".", digits)
    return digits
}

# ---- the source ----------------------------------------------------------
#
# Characters are numbered 0 to 9 in the order of `alphabet`, and the state
# (q, r) is 10 q + r.  A table over states and characters is indexed
# 10 state + x = 100 q + 10 r + x.

function tables() {
    alphabet = "aeioklmnt "
    #                    a e i o k l m n t _
    row(near, "a",      "0 0 1 0 4 6 3 8 6 5")
    row(near, "e",      "0 0 0 0 3 8 5 6 3 5")
    row(near, "i",      "2 0 0 1 6 3 4 5 8 4")
    row(near, "o",      "0 0 1 0 6 5 8 4 3 6")
    row(near, "k",      "8 3 4 6 0 0 0 0 0 0")
    row(near, "l",      "6 6 8 3 0 0 0 0 0 0")
    row(near, "m",      "7 5 3 5 0 0 0 0 0 0")
    row(near, "n",      "6 5 5 8 2 0 0 0 3 3")
    row(near, "t",      "5 8 4 4 0 0 0 0 0 0")
    row(near, " ",      "2 1 1 1 6 4 6 5 8 0")
    #                    a e i o k l m n t _
    row(far,  "a",      "9 1 1 6 1 6 2 9 3 9")
    row(far,  "e",      "1 9 6 1 9 1 6 2 1 9")
    row(far,  "i",      "1 6 9 1 2 9 1 1 6 9")
    row(far,  "o",      "6 1 1 9 6 1 9 2 1 9")
    row(far,  "k",      "4 2 3 3 0 9 3 6 1 1")
    row(far,  "l",      "3 3 2 3 8 0 1 2 6 4")
    row(far,  "m",      "2 3 3 4 1 3 0 9 5 2")
    row(far,  "n",      "3 4 2 2 3 1 6 0 9 5")
    row(far,  "t",      "3 2 4 3 2 6 8 4 0 3")
    row(far,  " ",      "4 3 5 3 5 6 3 9 4 0")
}

function row(table, character, weights,    list, x) {
    split(weights, list, " ")
    for (x = 0; x < 10; x++)
        table[10 * number(character) + x] = list[x + 1] + 0
}

function number(character) {
    return index(alphabet, character) - 1
}

# From the two tables: total[state], running sums upto[] to draw from,
# p[], and surprise[] = -ln p (where p is not 0).
function make_source(    q, r, x, s, w) {
    for (q = 0; q < 10; q++)
        for (r = 0; r < 10; r++) {
            s = 10 * q + r
            total[s] = 0
            for (x = 0; x < 10; x++) {
                total[s] += near[10 * r + x] * far[10 * q + x]
                upto[10 * s + x] = total[s]
            }
            for (x = 0; x < 10; x++) {
                w = near[10 * r + x] * far[10 * q + x]
                p[10 * s + x] = w / total[s]
                if (w > 0)
                    surprise[10 * s + x] = log(total[s] / w)
            }
        }
}

# pi[state]: how often the chain is in each state in the long run.
function solve_stationary(    s, x, next_pi, change, step) {
    step = 0
    for (s = 0; s < 100; s++)
        pi[s] = 0.01
    do {
        for (s = 0; s < 100; s++)
            next_pi[s] = pi[s] / 2
        for (s = 0; s < 100; s++)
            for (x = 0; x < 10; x++)
                next_pi[10 * (s % 10) + x] += pi[s] * p[10 * s + x] / 2
        change = 0
        for (s = 0; s < 100; s++) {
            change += (next_pi[s] - pi[s]) ^ 2
            pi[s] = next_pi[s]
        }
    } while (change > 1e-28 && ++step < 1000)
}

function entropy_rate(    s, x, sum) {
    sum = 0
    for (s = 0; s < 100; s++)
        for (x = 0; x < 10; x++)
            if (p[10 * s + x] > 0)
                sum += pi[s] * p[10 * s + x] * surprise[10 * s + x]
    return sum
}

# ---- the text ------------------------------------------------------------

# Writes n characters, as if "a " stood before them, and sums their surprise.
function write_text(    i, s, x, letter) {
    for (x = 0; x < 10; x++)
        letter[x] = substr(alphabet, x + 1, 1)
    seed_random()
    text_sum = tail_sum = tail_count = 0
    s = 10 * number("a") + number(" ")
    for (i = 1; i <= n; i++) {
        x = draw(s)
        printf "%s", letter[x]
        if (i > 2)
            text_sum += surprise[10 * s + x]
        if (i > 2 && i >= tail_start) {
            tail_sum += surprise[10 * s + x]
            tail_count++
        }
        s = 10 * (s % 10) + x
    }
}

# The next character after state s: x with probability p(x | s), up to 1 in
# two thousand million.  u / 2147483562 is uniform in [0, 1), and both sides
# of the comparison are integers below 2^41.
function draw(s,    u, x) {
    u = random() * total[s]
    x = 0
    while (u >= upto[10 * s + x] * 2147483562)
        x++
    return x
}

function seed_random(    i) {
    random_1 = 1 + seed
    random_2 = 1 + seed
    for (i = 0; i < 100; i++)
        random()
}

# A whole number from 0 to 2147483561.
function random(    u) {
    random_1 = (40014 * random_1) % 2147483563
    random_2 = (40692 * random_2) % 2147483399
    u = random_1 - random_2
    return u < 1 ? u + 2147483561 : u - 1
}
