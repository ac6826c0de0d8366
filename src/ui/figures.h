/* Figures as a person reads them. Each function writes into `out` and returns it. */
#ifndef LETRA_UI_FIGURES_H
#define LETRA_UI_FIGURES_H

#include <stddef.h>
#include <stdint.h>

enum { FIGURE_SIZE = 32 };

/* "1,115,394". */
const char *figure_count(uint64_t count, char out[FIGURE_SIZE]);

/* Three digits that matter: "953", "15.2k", "2.04M". */
const char *figure_short(double value, char out[FIGURE_SIZE]);

/* "212 MB", "1.3 GB" (powers of 1000). */
const char *figure_bytes(uint64_t bytes, char out[FIGURE_SIZE]);

/* "0:41", "1:02:03"; "?" for NAN. */
const char *figure_clock(double seconds, char out[FIGURE_SIZE]);

/* "45 s", "2 min 30 s", "3 h 5 min". */
const char *figure_duration(double seconds, char out[FIGURE_SIZE]);

/* A loss with 3 digits after the point; "-" for NAN. */
const char *figure_loss(double loss, char out[FIGURE_SIZE]);

/* Nats as bits. */
double bits_from_nats(double nats);

#endif
