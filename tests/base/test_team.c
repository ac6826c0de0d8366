/* Shares, teams and their barrier (base/team.c). Members only count: a failed assertion would leave the team. */
#include "support/cmocka_all.h"

#include <float.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/team.h"

/* --- shares --- */

/* Each share begins where the one before ended, and none is larger than another by more than one part. */
static void check_shares(size_t parts, size_t members) {
    size_t next = 0;
    for (size_t index = 0; index < members; index++) {
        Range share = member_share((Member){index, members, NULL}, parts);
        assert_int_equal(share.begin, next);
        assert_in_range(share.end - share.begin, parts / members, (parts + members - 1) / members);
        next = share.end;
    }
    assert_int_equal(next, parts);
}

static void shares_cover_all_parts_once(void **state) {
    (void)state;
    for (size_t parts = 0; parts <= 70; parts++) {
        for (size_t members = 1; members <= 70; members++) {
            check_shares(parts, members);
        }
    }
    check_shares(1000003, 64);
    check_shares((size_t)1 << 40, 255);
}

/* --- teams --- */

enum { MEMBERS_MAX = 16 };

/* What the members of one team wrote down. All is touched atomically. */
typedef struct Roll {
    unsigned calls[MEMBERS_MAX];
    unsigned strangers;    /* an index or a count that cannot be */
    unsigned meeting_less; /* members of several without a place to meet */
    size_t count;          /* asked for */
} Roll;

static void add_one(unsigned *counter) {
    __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static void call_roll(void *context, Member member) {
    Roll *roll = context;
    if (member.count != roll->count || member.index >= roll->count) {
        add_one(&roll->strangers);
        return;
    }
    if ((member.team == NULL) != (roll->count == 1)) {
        add_one(&roll->meeting_less);
    }
    add_one(&roll->calls[member.index]);
}

static void every_member_runs_once(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 5, 8, MEMBERS_MAX, 1};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        Roll roll = {.count = counts[k]};
        team_run(counts[k], call_roll, &roll);
        assert_int_equal(roll.strangers, 0);
        assert_int_equal(roll.meeting_less, 0);
        for (size_t index = 0; index < MEMBERS_MAX; index++) {
            assert_int_equal(roll.calls[index], index < counts[k] ? 1 : 0);
        }
    }
}

static void note_threads(void *context, Member member) {
    (void)member;
    *(int *)context = omp_get_max_threads();
}

/* A library that is called by a team of one must not start a team; afterwards all is as before. */
static void a_team_of_one_stays_alone(void **state) {
    (void)state;
    int threads = 0;
    int before = omp_get_max_threads();
    omp_set_num_threads(3);
    team_run(1, note_threads, &threads);
    assert_int_equal(threads, 1);
    assert_int_equal(omp_get_max_threads(), 3);
    omp_set_num_threads(before);
}

#ifdef __x86_64__
/* Not known to the compiler, which computes as if subnormal numbers were never 0. */
static bool smallest_can_be_halved(void) {
    volatile float smallest = FLT_MIN;
    volatile float half = smallest / 2;
    return half != 0;
}

static void count_subnormals(void *context, Member member) {
    (void)member;
    if (smallest_can_be_halved()) {
        add_one(context);
    }
}

static void subnormal_numbers_are_zero_in_a_team(void **state) {
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        unsigned seen = 0;
        team_run(count, count_subnormals, &seen);
        assert_int_equal(seen, 0);
        assert_true(smallest_can_be_halved());
    }
}
#endif

/* Counts the members, and those in which a Ctrl-C waits. */
typedef struct Watch {
    unsigned members;
    unsigned held;
} Watch;

static void look_at_signals(void *context, Member member) {
    Watch *watch = context;
    sigset_t blocked;
    (void)member;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    add_one(&watch->members);
    if (sigismember(&blocked, SIGINT)) {
        add_one(&watch->held);
    }
}

/* The caller is always one of them; what the others' threads did before is theirs. */
static void signals_wait_unless_the_work_is_interruptible(void **state) {
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        Watch held = {0};
        team_run(count, look_at_signals, &held);
        assert_int_equal(held.members, count);
        assert_int_equal(held.held, count);
        Watch open = {0};
        team_run_interruptible(count, look_at_signals, &open);
        assert_int_equal(open.members, count);
        assert_in_range(open.held, 0, count - 1);
        sigset_t after;
        pthread_sigmask(SIG_BLOCK, NULL, &after);
        assert_false(sigismember(&after, SIGINT));
    }
}

/* --- the barrier --- */

enum { APART = 16 }; /* counters on cache lines of their own */

/* How far each member is. */
typedef struct March {
    unsigned done[MEMBERS_MAX][APART]; /* phases; atomic */
    unsigned phases;
    unsigned naps;    /* every so many phases each member sleeps, so that the others do too; 0: never */
    unsigned ahead;   /* phases that somebody saw another member ahead; atomic */
    unsigned behind;  /* the same for members that had not come when a barrier opened; atomic */
    unsigned arrived; /* members that came to the end; atomic */
} March;

/* Half a millisecond: many times as long as a member spins. */
static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

static void march(void *context, Member member) {
    March *all = context;
    for (unsigned phase = 0; phase < all->phases; phase++) {
        if (all->naps > 0 && (phase + member.index) % all->naps == 0) {
            nap();
        }
        __atomic_store_n(all->done[member.index], phase + 1, __ATOMIC_SEQ_CST);
        team_barrier(member);
        /* The others have done this phase, and may have done the next one, whose barrier waits for this member. */
        for (size_t other = 0; other < member.count; other++) {
            unsigned done = __atomic_load_n(all->done[other], __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&all->behind, done < phase + 1, __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&all->ahead, done > phase + 2, __ATOMIC_SEQ_CST);
        }
    }
    add_one(&all->arrived);
}

static void check_march(size_t members, unsigned phases, unsigned naps) {
    March all = {.phases = phases, .naps = naps};
    team_run(members, march, &all);
    assert_int_equal(all.arrived, members);
    assert_int_equal(all.behind, 0);
    assert_int_equal(all.ahead, 0);
    for (size_t index = 0; index < MEMBERS_MAX; index++) {
        assert_int_equal(all.done[index][0], index < members ? phases : 0);
    }
}

static void nobody_passes_a_barrier_alone(void **state) {
    (void)state;
    check_march(1, 20000, 0);
    check_march(2, 20000, 0);
    check_march(5, 5000, 0); /* on fewer processors than that they sleep at once */
}

static void members_that_sleep_are_woken(void **state) {
    (void)state;
    check_march(2, 2000, 13);
    check_march(5, 2000, 31);
    check_march(MEMBERS_MAX, 200, 31);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_cover_all_parts_once),
        cmocka_unit_test(every_member_runs_once),
        cmocka_unit_test(a_team_of_one_stays_alone),
#ifdef __x86_64__
        cmocka_unit_test(subnormal_numbers_are_zero_in_a_team),
#endif
        cmocka_unit_test(signals_wait_unless_the_work_is_interruptible),
        cmocka_unit_test(nobody_passes_a_barrier_alone),
        cmocka_unit_test(members_that_sleep_are_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
