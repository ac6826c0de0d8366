/* Filling gaps: see fill.h.
 *
 * Three groups of drafts, each with a session whose stream k has read draft k:
 *
 *     growing   what was written so far in the gap; a unit longer at every step
 *     trying    scratch: copies of these that read what stands after the gap, and the longer ones as they are made
 *     filled    the best fillings of all lengths that were tried; at the next gap they are the growing ones
 *
 * In the trail a filling ends with a mark.
 */
#include "generate/fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "generate/extension.h"
#include "generate/session.h"
#include "generate/trail.h"

enum {
    CHOICE = 8, /* so many times N extensions the beam chooses among */
    ENDING = 3, /* units at the end of a draft that no two have alike, where there are others */
};

#define MARK VOCAB_UNKNOWN

typedef struct Draft {
    uint32_t node; /* its last unit, in the trail */
    size_t units;  /* in the gaps */
    double nats;   /* log p of these, and of what stands after gaps */
    double score;  /* nats, less those of the likeliest beginnings of the lengths of its fillings */
} Draft;

typedef struct Group {
    Session *session;
    Draft *drafts; /* N */
    size_t count;
} Group;

typedef struct Fill {
    const Model *model;
    const FillConfig *config;
    FillProgress progress;
    void *context;
    Group groups[FILL_SESSIONS];
    Group *growing, *trying, *filled;
    Trail trail;
    ExtensionList extensions;
    Extension *chosen; /* N */
    uint32_t *endings; /* N × ENDING; of the chosen */
    uint32_t *units;   /* N; what the streams of a session read */
    bool *excluded;    /* V; the rare symbol and the border */
    bool record;       /* the text is one */
    size_t predicted;  /* units after gaps that every draft has in its nats */
} Fill;

/* Units that stand after a gap, all of which are to be read, and the first of which are to be predicted. */
typedef struct After {
    const uint32_t *units;
    size_t read;
    size_t predicted;
} After;

/* All drafts of a group read a unit. */
static void read_unit(Fill *fill, Group *group, uint32_t unit) {
    for (size_t k = 0; k < fill->config->width; k++) {
        fill->units[k] = unit;
    }
    session_step(group->session, fill->units);
}

/* Adds what a unit costs to all drafts of a group, before they read it. `source`: the group whose logits say it. */
static void predict_unit(Group *group, const Group *source, uint32_t unit) {
    for (size_t k = 0; k < group->count; k++) {
        double nats = session_log_probability(source->session, k, unit);
        group->drafts[k].nats += nats;
        group->drafts[k].score += nats;
    }
}

/* --- growing --- */

/* The last units of what an extension makes. */
static void write_ending(const Fill *fill, const Extension *extension, uint32_t *ending) {
    uint32_t node = fill->growing->drafts[extension->parent].node;
    for (size_t k = 0; k < ENDING; k++) {
        ending[k] = MARK;
    }
    size_t known = trail_last(&fill->trail, node, ENDING - 1, ending);
    ending[known] = extension->unit;
}

/* Whether one of the chosen has this ending. */
static bool is_taken(const Fill *fill, size_t chosen, const uint32_t *ending) {
    for (size_t k = 0; k < chosen; k++) {
        if (memcmp(&fill->endings[k * ENDING], ending, ENDING * sizeof *ending) == 0) {
            return true;
        }
    }
    return false;
}

/* Chooses N of the extensions, which are in order: the best of each ending, and then others. Returns how
 * many there are. */
static size_t choose_extensions(Fill *fill) {
    ExtensionList *list = &fill->extensions;
    size_t chosen = 0;
    size_t passed_over = 0;
    for (size_t k = 0; k < list->count && chosen < fill->config->width; k++) {
        uint32_t *ending = &fill->endings[chosen * ENDING];
        write_ending(fill, &list->items[k], ending);
        if (is_taken(fill, chosen, ending)) {
            list->items[passed_over++] = list->items[k];
        } else {
            fill->chosen[chosen++] = list->items[k];
        }
    }
    for (size_t k = 0; k < passed_over && chosen < fill->config->width; k++) {
        fill->chosen[chosen++] = list->items[k];
    }
    return chosen;
}

static void swap_groups(Group **a, Group **b) {
    Group *old = *a;
    *a = *b;
    *b = old;
}

/* One unit more for the drafts that grow. */
static bool grow(Fill *fill, Error *error) {
    Group *from = fill->growing;
    Group *to = fill->trying;
    fill->extensions.count = 0;
    for (size_t k = 0; k < from->count; k++) {
        extension_list_offer_units(&fill->extensions, (uint32_t)k, from->drafts[k].score,
                                   session_logits(from->session, k), vocab_size(fill->model->vocab),
                                   fill->excluded);
    }
    extension_list_sort(&fill->extensions);
    to->count = choose_extensions(fill);
    memset(fill->units, 0, fill->config->width * sizeof *fill->units);
    for (size_t k = 0; k < to->count; k++) {
        const Extension *extension = &fill->chosen[k];
        const Draft *parent = &from->drafts[extension->parent];
        to->drafts[k] = (Draft){.units = parent->units + 1,
                                .nats = parent->nats + (extension->score - parent->score),
                                .score = extension->score};
        if (!trail_add(&fill->trail, parent->node, extension->unit, &to->drafts[k].node, error)) {
            return false;
        }
        session_copy_stream(to->session, k, from->session, extension->parent);
        fill->units[k] = extension->unit;
    }
    session_step(to->session, fill->units);
    swap_groups(&fill->growing, &fill->trying);
    return to->count > 0 ||
           error_set(error, "the model's predictions are not finite numbers: its parameters are too large");
}

/* --- trying --- */

/* The stream that a draft may take among the filled ones: a free one, or that of the worst, if the draft is better. */
static size_t find_place(const Fill *fill, const Draft *draft) {
    const Group *filled = fill->filled;
    if (filled->count < fill->config->width) {
        return filled->count;
    }
    size_t worst = 0;
    for (size_t k = 1; k < filled->count; k++) {
        worst = filled->drafts[k].score < filled->drafts[worst].score ? k : worst;
    }
    return draft->score > filled->drafts[worst].score ? worst : SIZE_MAX;
}

/* How many units after a gap are predicted before the best fillings are chosen. */
static size_t looked_at(const After *after) {
    return after->predicted < FILL_LOOK ? after->predicted : FILL_LOOK;
}

static double best_score(const Group *group) {
    double best = -INFINITY;
    for (size_t k = 0; k < group->count; k++) {
        best = group->drafts[k].score > best ? group->drafts[k].score : best;
    }
    return best;
}

/* Tries the drafts, as long as they are now, as fillings; `start` was the best score before the gap. The last unit that
 * is predicted is not read yet. */
static bool try_drafts(Fill *fill, const After *after, double start, Error *error) {
    Group *trying = fill->trying;
    double cost = fill->record ? 0 : start - best_score(fill->growing);
    trying->count = fill->growing->count;
    for (size_t k = 0; k < trying->count; k++) {
        trying->drafts[k] = fill->growing->drafts[k];
        trying->drafts[k].score += cost;
        session_copy_stream(trying->session, k, fill->growing->session, k);
    }
    for (size_t k = 0; k < looked_at(after); k++) {
        if (k > 0) {
            read_unit(fill, trying, after->units[k - 1]);
        }
        predict_unit(trying, k > 0 ? trying : fill->growing, after->units[k]);
    }
    for (size_t k = 0; k < trying->count; k++) {
        Draft draft = trying->drafts[k];
        size_t place = draft.nats > -INFINITY ? find_place(fill, &draft) : SIZE_MAX;
        if (place == SIZE_MAX) {
            continue;
        }
        if (!trail_add(&fill->trail, draft.node, MARK, &draft.node, error)) {
            return false;
        }
        fill->filled->drafts[place] = draft;
        fill->filled->count += place == fill->filled->count;
        session_copy_stream(fill->filled->session, place, trying->session, k);
    }
    return true;
}

/* The filled texts read what is left of the units after the gap. */
static bool read_on(Fill *fill, const After *after) {
    size_t looked = looked_at(after);
    for (size_t k = looked > 0 ? looked - 1 : 0; k < after->read; k++) {
        read_unit(fill, fill->filled, after->units[k]);
        if (k + 1 < after->predicted) {
            predict_unit(fill->filled, fill->filled, after->units[k + 1]);
        }
        if (!fill->progress(fill->context)) {
            return false;
        }
    }
    fill->predicted += after->predicted;
    return true;
}

/* Fills a gap in every text that grows. `*stopped`: the caller wanted an end. */
static bool fill_gap(Fill *fill, const After *after, bool *stopped, Error *error) {
    double start = best_score(fill->growing);
    size_t least = after->predicted > 0 ? fill->config->least : fill->config->most;
    fill->filled->count = 0;
    for (size_t length = 0; !*stopped; length++) {
        if (length >= least && !try_drafts(fill, after, start, error)) {
            return false;
        }
        if (length == fill->config->most) {
            break;
        }
        if (!grow(fill, error)) {
            return false;
        }
        *stopped = !fill->progress(fill->context);
    }
    *stopped = *stopped || !read_on(fill, after);
    swap_groups(&fill->growing, &fill->filled);
    return true;
}

/* --- the way there and back --- */

static bool create_groups(Fill *fill, Compute *compute, Precision precision, Clock clock, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < FILL_SESSIONS; k++) {
        Group *group = &fill->groups[k];
        group->session = session_create(fill->model, compute, fill->config->width, precision, clock, error);
        group->drafts = memory_allocate(fill->config->width, sizeof *group->drafts, "the drafts", error);
        done = group->session != NULL && group->drafts != NULL;
    }
    fill->growing = &fill->groups[0];
    fill->trying = &fill->groups[1];
    fill->filled = &fill->groups[2];
    if (done) {
        fill->growing->count = 1;
        fill->growing->drafts[0] = (Draft){.node = TRAIL_START};
    }
    return done;
}

static bool create(Fill *fill, Compute *compute, Precision precision, Clock clock, Error *error) {
    size_t width = fill->config->width;
    fill->chosen = memory_allocate(width, sizeof *fill->chosen, "the drafts", error);
    fill->endings = memory_allocate(width * ENDING, sizeof *fill->endings, "the drafts", error);
    fill->units = memory_allocate(width, sizeof *fill->units, "the drafts", error);
    fill->excluded =
        memory_allocate(vocab_size(fill->model->vocab), sizeof *fill->excluded, "the drafts", error);
    return fill->chosen != NULL && fill->endings != NULL && fill->units != NULL && fill->excluded != NULL &&
           extension_list_create(&fill->extensions, width * CHOICE, error) &&
           create_groups(fill, compute, precision, clock, error);
}

static void destroy(Fill *fill) {
    for (size_t k = 0; k < FILL_SESSIONS; k++) {
        session_free(fill->groups[k].session);
        free(fill->groups[k].drafts);
    }
    trail_free(&fill->trail);
    extension_list_free(&fill->extensions);
    free(fill->chosen);
    free(fill->endings);
    free(fill->units);
    free(fill->excluded);
}

/* Reads what stands before the first gap, in pieces between which the caller may stop. */
static bool read_before(Fill *fill, uint32_t border, const Units *before) {
    enum { PIECE = 4096 };
    bool go_on = true;
    if (border != VOCAB_UNKNOWN) {
        session_feed(fill->growing->session, &border, 1);
    }
    for (size_t at = 0; go_on && at < before->count; at += PIECE) {
        size_t left = before->count - at;
        session_feed(fill->growing->session, before->data + at, left < PIECE ? left : PIECE);
        go_on = fill->progress(fill->context);
    }
    return go_on;
}

/* What stands after the last gap and counts: as much as FILL_AFTER, in `units`; of a record its border too. */
static After last_after(const Units *part, uint32_t border, uint32_t units[FILL_AFTER]) {
    size_t count = 0;
    for (; count < FILL_AFTER && count < part->count; count++) {
        units[count] = part->data[count];
    }
    if (border != VOCAB_UNKNOWN && count < FILL_AFTER) {
        units[count++] = border;
    }
    return (After){units, count > 0 ? count - 1 : 0, count};
}

static int compare_fillings(const void *left, const void *right) {
    const Filling *a = left;
    const Filling *b = right;
    return (a->score < b->score) - (a->score > b->score);
}

/* The units that a draft has in each gap. */
static bool write_fills(const Fill *fill, const Draft *draft, size_t gaps, Units *fills, Error *error) {
    size_t length = trail_length(&fill->trail, draft->node);
    uint32_t *units = memory_allocate(length, sizeof *units, "a filling", error);
    bool done = units != NULL;
    size_t at = 0;
    trail_last(&fill->trail, draft->node, done ? length : 0, units);
    for (size_t gap = 0; done && gap < gaps; gap++) {
        size_t begin = at;
        while (units[at] != MARK) {
            at++;
        }
        fills[gap].count = at - begin;
        fills[gap].data = memory_allocate(at - begin, sizeof *units, "a filling", error);
        done = fills[gap].data != NULL;
        if (done && at > begin) {
            memcpy(fills[gap].data, units + begin, (at - begin) * sizeof *units);
        }
        at++;
    }
    free(units);
    return done;
}

/* The drafts, all gaps of which are filled. */
static bool collect(const Fill *fill, size_t gaps, Fillings *fillings, Error *error) {
    const Group *group = fill->growing;
    fillings->gaps = gaps;
    fillings->items = memory_allocate(group->count, sizeof *fillings->items, "the fillings", error);
    bool done = fillings->items != NULL;
    for (size_t k = 0; done && k < group->count; k++) {
        const Draft *draft = &group->drafts[k];
        Filling *filling = &fillings->items[fillings->count++];
        *filling = (Filling){.nats = draft->nats,
                             .predicted = draft->units + fill->predicted,
                             .score = draft->score,
                             .fills = memory_allocate(gaps, sizeof(Units), "a filling", error)};
        done = filling->fills != NULL && write_fills(fill, draft, gaps, filling->fills, error);
    }
    if (done) {
        qsort(fillings->items, fillings->count, sizeof *fillings->items, compare_fillings);
    }
    return done;
}

void fillings_free(Fillings *fillings) {
    for (size_t k = 0; k < fillings->count; k++) {
        for (size_t gap = 0; fillings->items[k].fills != NULL && gap < fillings->gaps; gap++) {
            units_free(&fillings->items[k].fills[gap]);
        }
        free(fillings->items[k].fills);
    }
    free(fillings->items);
    *fillings = (Fillings){0};
}

/* Fills one gap after the other. */
static bool fill_all(Fill *fill, const Units *parts, size_t count, bool *stopped, Error *error) {
    const Vocab *vocab = fill->model->vocab;
    uint32_t border = vocab_border(vocab);
    uint32_t rare = vocab_find(vocab, symbol_rare());
    uint32_t end[FILL_AFTER];
    bool done = true;
    if (border != VOCAB_UNKNOWN) {
        fill->excluded[border] = true;
        fill->record = true;
    }
    if (rare != VOCAB_UNKNOWN) {
        fill->excluded[rare] = true;
    }
    *stopped = !read_before(fill, border, &parts[0]);
    for (size_t k = 1; done && !*stopped && k < count; k++) {
        After after = {parts[k].data, parts[k].count, parts[k].count};
        if (k + 1 == count) {
            after = last_after(&parts[k], border, end);
        }
        done = fill_gap(fill, &after, stopped, error);
    }
    return done;
}

bool fill_gaps(const Model *model, Compute *compute, Precision precision, Clock clock, const Units *parts,
               size_t count, const FillConfig *config, FillProgress progress, void *context,
               Fillings *fillings, Error *error) {
    Fill fill = {.model = model, .config = config, .progress = progress, .context = context};
    bool stopped = false;
    *fillings = (Fillings){0};
    bool done = create(&fill, compute, precision, clock, error) &&
                fill_all(&fill, parts, count, &stopped, error) &&
                (stopped || collect(&fill, count - 1, fillings, error));
    destroy(&fill);
    if (!done) {
        fillings_free(fillings);
    }
    return done;
}
