/* Validation in streams: see validate.h. */
#include "train/validate.h"

#include <math.h>

#include "train/stream_window.h"

enum {
    STREAM_UNITS_MIN = 1024, /* a stream much shorter than its warm-up would not pay */
    SELECTION_STREAMS = 32   /* places, at least, that a selection is spread over */
};

/* How the part is cut into streams, of which B run side by side, round after round. */
typedef struct Streams {
    Range part;
    size_t batch;  /* B */
    size_t rounds; /* 1, or more where a selection has more streams than B */
    size_t count;  /* streams in use in a round, at most B */
    size_t scored; /* units that each stream scores at most */
} Streams;

static Streams make_streams(Range part, size_t batch) {
    size_t length = part.end - part.begin;
    size_t count = length / STREAM_UNITS_MIN;
    count = count > batch ? batch : count;
    count = count < 1 ? 1 : count;
    if (length <= VALIDATION_UNITS_MAX) {
        return (Streams){part, batch, 1, count, length};
    }
    size_t rounds = (SELECTION_STREAMS + count - 1) / count;
    return (Streams){part, batch, rounds, count, VALIDATION_UNITS_MAX / (count * rounds)};
}

/* The units that stream `s` of all rounds scores. The very first unit of the part has nothing before it. */
static Range scored_range(const Streams *streams, size_t s) {
    size_t length = streams->part.end - streams->part.begin;
    size_t all = streams->count * streams->rounds;
    size_t begin = streams->part.begin + length * s / all;
    size_t next = streams->part.begin + length * (s + 1) / all;
    size_t end = begin + streams->scored < next ? begin + streams->scored : next;
    return (Range){s == 0 ? begin + 1 : begin, end};
}

/* The first unit that stream `s` reads. */
static size_t read_begin(const Streams *streams, size_t s) {
    size_t begin = scored_range(streams, s).begin;
    size_t before = begin - streams->part.begin;
    return begin - (before < VALIDATION_WARM_UP ? before : VALIDATION_WARM_UP);
}

/* Units that the longest stream of a round reads: all but its last scored one. */
static size_t longest(const Streams *streams, size_t round) {
    size_t most = 0;
    for (size_t s = round * streams->count; s < (round + 1) * streams->count; s++) {
        size_t length = scored_range(streams, s).end - 1 - read_begin(streams, s);
        most = length > most ? length : most;
    }
    return most;
}

size_t validate_scored(size_t count, size_t batch) {
    Streams streams = make_streams((Range){0, count}, batch);
    size_t scored = 0;
    for (size_t s = 0; s < streams.count * streams.rounds; s++) {
        Range range = scored_range(&streams, s);
        scored += range.end - range.begin;
    }
    return scored;
}

size_t validate_cost(size_t count, size_t batch) {
    Streams streams = make_streams((Range){0, count}, batch);
    size_t cost = 0;
    for (size_t round = 0; round < streams.rounds; round++) {
        cost += longest(&streams, round) * batch;
    }
    return cost;
}

/* The window of `steps` units of a round that begins `position` units after each stream's first. */
static bool fill_window(const Streams *streams, size_t round, const UnitStore *units, size_t position,
                        size_t steps, uint32_t *ids, uint32_t *targets, Error *error) {
    bool done = true;
    for (size_t b = 0; done && b < streams->batch; b++) {
        bool used = b < streams->count;
        size_t s = round * streams->count + b;
        size_t count = 0;
        done = stream_window_fill(units, used ? read_begin(streams, s) + position : 0,
                                  used ? scored_range(streams, s) : (Range){0, 0}, steps, streams->batch, b,
                                  ids, targets, &count, error);
    }
    return done;
}

bool validate(Pass *pass, const PassShape *shape, const UnitStore *units, Range part,
              const WindowBuffers *buffers, const ValidationWatch *watch, double *loss, Error *error) {
    Streams streams = make_streams(part, shape->batch);
    double nats = 0;
    size_t scored = 0;
    *loss = NAN;
    for (size_t round = 0; round < streams.rounds; round++) {
        size_t length = longest(&streams, round);
        pass_clear_state(pass);
        for (size_t position = 0; position < length; position += shape->steps) {
            bool first = round == 0 && position == 0;
            if (!first && watch != NULL && !watch->go_on(watch->context)) {
                return true;
            }
            size_t steps = length - position < shape->steps ? length - position : shape->steps;
            if (!fill_window(&streams, round, units, position, steps, buffers->ids, buffers->targets,
                             error)) {
                return false;
            }
            PassWindow window = window_buffers_window(buffers, steps, shape->batch);
            pass_forward_now(pass, &window);
            nats += pass_loss(pass);
            scored += pass_scored(pass);
        }
    }
    *loss = nats / (double)scored;
    return true;
}
