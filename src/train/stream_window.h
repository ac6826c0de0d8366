/* A stream's part of a window: what training and validation have in common when they read a text. */
#ifndef LETRA_TRAIN_STREAM_WINDOW_H
#define LETRA_TRAIN_STREAM_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "text/unit_store.h"

/* Fills column `b` of ids and targets ([t][b], steps × batch): the stream reads the units from `begin` on, and each
 * that is in `scored` is the target of the one before it. Beyond the end of `scored` nothing is read: unit 0 stands
 * there, and no target. Returns how many targets there are in `*count`; false and a message if the text cannot be
 * read. */
bool stream_window_fill(const UnitStore *units, size_t begin, Range scored, size_t steps, size_t batch,
                        size_t b, uint32_t *ids, uint32_t *targets, size_t *count, Error *error);

#endif
