/* A team of threads that walk through one piece of work together.
 *
 * `team_run` opens one parallel region; in it every member runs the same function, does its own share and
 * meets the others only at `team_barrier`. Shares are cut from a fixed number of parts that follows from the
 * shape of the work, never from the number of threads, so that results do not depend on it.
 */
#ifndef LETRA_BASE_TEAM_H
#define LETRA_BASE_TEAM_H

#include <stddef.h>

#include "base/range.h"

typedef struct Team Team; /* where its members meet */

/* One thread of a team, as it is handed to everything that runs in parallel. */
typedef struct Member {
    size_t index; /* 0 .. count - 1 */
    size_t count; /* threads in the team */
    Team *team;   /* NULL for a team of one */
} Member;

/* What each member runs. */
typedef void (*TeamWork)(void *context, Member member);

/* How many processors this process may keep busy: by its affinity and its container's quota. */
size_t team_default_size(void);

/* Runs `work(context, member)` on `count` threads, the caller among them, and returns when all are done. Signals wait
 * until then: what is worked on at a time should take no longer than a user waits for a Ctrl-C. On x86-64 subnormal
 * numbers are 0 meanwhile. */
void team_run(size_t count, TeamWork work, void *context);

/* The same for work that runs no product of math/gemm.h: signals do not wait, which spares the smallest half of
 * its time. */
void team_run_interruptible(size_t count, TeamWork work, void *context);

/* Waits until every member of the team is here. With one member it does nothing. A member that waits long (the
 * processor is doing something else) sleeps. */
void team_barrier(Member member);

/* The member's contiguous share of `parts` parts; empty when there are fewer parts than members. */
Range member_share(Member member, size_t parts);

#endif
