/* JSON for results and logs: see json.h. */
#include "commands/json.h"

#include <math.h>
#include <stdlib.h>

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

bool json_merge(json_t *object, json_t *part) {
    bool done = object != NULL && part != NULL && json_object_update(object, part) == 0;
    json_decref(part);
    return done;
}

bool json_print(Output *output, json_t *object, Error *error) {
    char *text = object != NULL ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (text == NULL) {
        return error_set(error, "out of memory while writing JSON");
    }
    output_string(output, text);
    output_string(output, "\n");
    free(text);
    return true;
}
