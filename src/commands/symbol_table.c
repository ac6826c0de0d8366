/* Symbols in columns: see symbol_table.h. */
#include "commands/symbol_table.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/bytes.h"
#include "text/utf8.h"
#include "ui/terminal.h"

enum { GAP = 2 };

/* A symbol and its count. */
static bool make_entry(const Vocab *vocab, uint32_t index, Bytes *entry, Error *error) {
    entry->length = 0;
    return symbol_describe(vocab_unit(vocab), vocab_symbol(vocab, index), entry, error) &&
           bytes_printf(entry, error, " %" PRIu64, vocab_count(vocab, index));
}

bool symbol_table_print(const Vocab *vocab, const uint32_t *indices, size_t count, Output *output,
                        Error *error) {
    size_t widest = 1;
    Bytes entry = {0};
    bool done = true;
    for (uint32_t k = 0; done && k < count; k++) {
        done = make_entry(vocab, indices != NULL ? indices[k] : k, &entry, error);
        size_t width = done ? utf8_width(entry.data, entry.length) : 0;
        widest = width > widest ? width : widest;
    }
    size_t columns = terminal_width(STDOUT_FILENO) / (widest + GAP);
    columns = columns > 0 ? columns : 1;
    for (uint32_t k = 0; done && k < count; k++) {
        done = make_entry(vocab, indices != NULL ? indices[k] : k, &entry, error);
        bool last = (k + 1) % columns == 0 || k + 1 == count;
        output_printf(output, "%*s", GAP, "");
        output_write(output, done ? entry.data : "", done ? entry.length : 0);
        int padding = done && !last ? (int)(widest - utf8_width(entry.data, entry.length)) : 0;
        output_printf(output, "%*s%s", padding, "", last ? "\n" : "");
    }
    bytes_free(&entry);
    return done;
}
