/* The streams of random numbers (base/random.h) that a training takes from its one seed. Each has numbers of its own,
 * so that what one draws says nothing of what another does. Those that change with every step are no streams: they
 * follow from the seed and the step by random_at. */
#ifndef LETRA_TRAIN_RANDOM_STREAMS_H
#define LETRA_TRAIN_RANDOM_STREAMS_H

enum {
    RANDOM_STREAM_PARAMETERS, /* how they start */
    RANDOM_STREAM_RECORDS     /* their order in the first epoch; the next number in the second ... */
};

#endif
