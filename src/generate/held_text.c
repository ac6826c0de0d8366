/* The text of a sample that is not handed out yet: see held_text.h. */
#include "generate/held_text.h"

#include <string.h>

#include "base/utf8_byte.h"
#include "text/stop_pattern.h"

/* --- stop texts --- */

/* How many bytes at the end of the text are the beginning of a stop text, and not all of it. */
static size_t find_beginning(const Bytes *text, const WriterConfig *config) {
    size_t longest = 0;
    for (size_t k = 0; k < config->stop_count; k++) {
        const WriterStop *stop = &config->stops[k];
        size_t length = stop->length > 0 ? stop->length - 1 : 0;
        length = length < text->length ? length : text->length;
        while (length > longest && memcmp(text->data + text->length - length, stop->text, length) != 0) {
            length--;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

size_t held_text_window(const WriterConfig *config) {
    size_t longest =
        stop_texts_longest(config->stops, config->stop_count); /* no unit is shorter than a byte */
    return config->stop_pattern != NULL && longest < RECENT_MAX ? RECENT_MAX : longest;
}

/* --- stop patterns --- */

/* Whether a match is none of what was written: complete in what was there before, or empty right behind it. */
static bool is_old(const HeldText *held, const StopPlace *place) {
    bool empty = place->start == place->end;
    return place->end < held->known || (place->end == held->known && !(empty && held->begun));
}

/* Looks for a match of the stop pattern that was not seen before, and holds back what may become one. */
static bool look(HeldText *held, const WriterConfig *config, bool over, bool *found, StopPlace *place,
                 Error *error) {
    const Bytes *text = &held->text;
    *found = false;
    if (config->stop_pattern == NULL) {
        return true;
    }
    StopSight sight = STOP_FOUND;
    StopLook where = {.from = held->looked, .empty = true, .over = over};
    for (bool old = true; old;) {
        sight = stop_pattern_look(config->stop_pattern, text->data, text->length, where, place, error);
        old = sight == STOP_FOUND && is_old(held, place);
        where.empty = where.empty && place->end > where.from;
        where.from = old ? place->end : where.from;
    }
    held->looked = where.from;
    *found = sight == STOP_FOUND;
    if (sight == STOP_NOWHERE || sight == STOP_MAY_BEGIN) {
        size_t left = text->length - place->start;
        held->looked = place->start;
        held->held = left > held->held ? left : held->held;
    }
    return sight != STOP_FAILED;
}

/* --- the text --- */

/* Takes a stop off, with what follows it. */
static void cut_off(HeldText *held, size_t start, size_t end, size_t *cut) {
    size_t first = start > held->known ? start : held->known; /* of what was written and is lost */
    *cut = held->text.length - first;
    held->text.length = start;
    held->stop = end - start;
    held->known = held->known < start ? held->known : start;
    held->held = 0;
}

/* Drops what nothing can look at any more. */
static void drop_known(HeldText *held, const WriterConfig *config) {
    size_t keep = held->text.length - held->held;
    size_t drop = held->known < keep ? held->known : keep;
    if (config->stop_pattern != NULL) {
        size_t context = stop_pattern_looks_back(config->stop_pattern);
        drop = drop < held->looked ? drop : held->looked;
        drop = drop > context ? drop - context : 0;
        while (drop > 0 && utf8_byte_continues(held->text.data[drop])) {
            drop--; /* to the beginning of a character */
        }
    }
    if (drop > 0) {
        held->text.length -= drop;
        memmove(held->text.data, held->text.data + drop, held->text.length);
        held->known -= drop;
        held->looked -= held->looked < drop ? held->looked : drop;
    }
}

bool held_text_begin(HeldText *held, RecentUnits before, const Vocab *vocab, const WriterConfig *config,
                     Error *error) {
    Bytes *text = &held->text;
    text->length = 0;
    for (size_t k = 0; k < before.count; k++) {
        Symbol symbol = symbol_written(vocab_unit(vocab), vocab_symbol(vocab, before.units[k]));
        if (!bytes_append(text, symbol.text, symbol.length, error)) {
            return false;
        }
    }
    held->known = text->length;
    held->held = find_beginning(text, config);
    held->looked = 0;
    held->begun = false;
    bool found = false;
    StopPlace place = {0};
    if (!look(held, config, false, &found, &place, error)) {
        return false;
    }
    drop_known(held, config);
    return true;
}

bool held_text_add(HeldText *held, Symbol symbol, const WriterConfig *config, bool *stopped, size_t *cut,
                   Error *error) {
    Bytes *text = &held->text;
    *stopped = false;
    for (size_t k = 0; k < symbol.length; k++) { /* byte by byte, because a stop may end inside a symbol */
        if (!bytes_append(text, &symbol.text[k], 1, error)) {
            return false;
        }
        size_t stop = stop_texts_find(config->stops, config->stop_count, text->data, text->length);
        if (stop > 0) {
            *stopped = true;
            cut_off(held, text->length - stop, text->length, cut);
            *cut += symbol.length - k - 1;
            return true;
        }
    }
    StopPlace place = {0};
    held->held = find_beginning(text, config);
    if (!look(held, config, false, stopped, &place, error)) {
        return false;
    }
    if (*stopped) {
        cut_off(held, place.start, place.end, cut);
    }
    return true;
}

bool held_text_end(HeldText *held, const WriterConfig *config, bool *stopped, size_t *cut, Error *error) {
    StopPlace place = {0};
    if (!look(held, config, true, stopped, &place, error)) {
        return false;
    }
    if (*stopped) {
        cut_off(held, place.start, place.end, cut);
    }
    return true;
}

/* The end of what can be handed out. */
static size_t ready_end(const HeldText *held, bool all) {
    return held->text.length - (all ? 0 : held->held);
}

Symbol held_text_ready(const HeldText *held, bool all) {
    size_t end = ready_end(held, all);
    return end > held->known ? (Symbol){held->text.data + held->known, end - held->known} : (Symbol){"", 0};
}

Symbol held_text_stop(const HeldText *held) {
    return (Symbol){held->text.data + held->text.length, held->stop};
}

void held_text_release(HeldText *held, bool all, const WriterConfig *config) {
    size_t end = ready_end(held, all);
    held->begun = held->begun || end > held->known;
    held->known = end > held->known ? end : held->known;
    drop_known(held, config);
}

void held_text_free(HeldText *held) {
    bytes_free(&held->text);
}
