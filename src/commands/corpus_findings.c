/* What there is to find out: see corpus_findings.h. */
#include "commands/corpus_findings.h"

bool corpus_findings_finish(CorpusFindings *findings, const void *values, Error *error) {
    const Corpus *corpus = findings->corpus;
    Range train = findings->split.train;
    return census_take(corpus->vocab, &findings->census, error) &&
           entropy_measure(corpus->units, vocab_size(corpus->vocab), train, findings->split.val,
                           ENTROPY_PAIRS_MAX, &findings->entropies, error) &&
           suggestion_make(findings->invocation, values, corpus, findings->pipeline, train.end - train.begin,
                           &findings->suggestion, error);
}

void corpus_findings_free(CorpusFindings *findings) {
    census_free(&findings->census);
    suggestion_free(&findings->suggestion);
}

size_t corpus_findings_symbols_below(const CorpusFindings *findings, uint64_t count, uint64_t *units) {
    const Vocab *vocab = findings->corpus->vocab;
    size_t below = 0;
    *units = 0;
    for (uint32_t k = 0; k < vocab_size(vocab); k++) {
        bool rare = vocab_count(vocab, k) < count && !symbol_is_special(vocab_symbol(vocab, k));
        below += rare;
        *units += rare ? vocab_count(vocab, k) : 0;
    }
    return below;
}
