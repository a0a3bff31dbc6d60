/* Finds the kernels in preprocessed C: what device_shim.h has made of `__global__`, `void`, a name, and parameters. */
#define _GNU_SOURCE
#include "kernels.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MARK[] = "externally_visible";
enum { MOST_PARAMETERS = 64 };

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* One parameter without its name: its type. */
static size_t type_length(const char *parameter, size_t length) {
    while (length && isspace((unsigned char)parameter[length - 1])) length--;
    size_t end = length;
    while (length && is_word(parameter[length - 1])) length--;
    return length ? length : end;
}

/* Writes what one kernel needs, and says where its parameters ended; NULL where this is no definition of one. */
static const char *write_kernel(FILE *out, FILE *entries, const char *mark) {
    const char *at = strstr(mark, "void");
    if (!at) return NULL;
    for (at += 4; isspace((unsigned char)*at);) at++;
    const char *name = at;
    while (is_word(*at)) at++;
    int name_length = (int)(at - name);
    while (isspace((unsigned char)*at)) at++;
    if (*at != '(' || !name_length) return NULL;
    const char *starts[MOST_PARAMETERS], *ends[MOST_PARAMETERS];
    int parameters = 0, depth = 1;
    const char *start = ++at;
    for (; *at && depth; at++) {
        if (*at == '(') depth++;
        if (*at == ')') depth--;
        if ((depth == 1 && *at == ',') || !depth) {
            while (isspace((unsigned char)*start)) start++;
            if (start < at && parameters < MOST_PARAMETERS) starts[parameters] = start, ends[parameters++] = at;
            start = at + 1;
        }
    }
    while (isspace((unsigned char)*at)) at++;
    if (*at != '{') return NULL;
    if (parameters == 1 && !strncmp(starts[0], "void", 4) && type_length(starts[0], (size_t)(ends[0] - starts[0])) == 4) {
        parameters = 0;
    }
    int types[MOST_PARAMETERS];
    for (int i = 0; i < parameters; i++) types[i] = (int)type_length(starts[i], (size_t)(ends[i] - starts[i]));
    fprintf(out, "static const unsigned simulator_sizes_%.*s[] = {", name_length, name);
    for (int i = 0; i < parameters; i++) fprintf(out, "sizeof(%.*s), ", types[i], starts[i]);
    fprintf(out, "0};\n__attribute__((no_sanitize_thread, no_sanitize_undefined)) ");
    fprintf(out, "static void simulator_call_%.*s(void **arguments) { %.*s(", name_length, name, name_length, name);
    for (int i = 0; i < parameters; i++) {
        fprintf(out, "%s*(%.*s *)arguments[%d]", i ? ", " : "", types[i], starts[i], i);
    }
    fprintf(out, "); (void)arguments; }\n");
    fprintf(entries, "{\"%.*s\", simulator_call_%.*s, simulator_sizes_%.*s, %d}, ", name_length, name, name_length, name,
            name_length, name, parameters);
    return at;
}

char *table_of_kernels(const char *source) {
    char *text, *list;
    size_t text_length, list_length;
    FILE *out = open_memstream(&text, &text_length), *entries = open_memstream(&list, &list_length);
    unsigned count = 0;
    for (const char *at = source; (at = strstr(at, MARK));) {
        const char *next = write_kernel(out, entries, at);
        count += next != NULL;
        at = next ? next : at + strlen(MARK);
    }
    fclose(entries);
    /* Once is the declaration. */
    const char *barrier = strstr(source, "simulator_barrier");
    bool has_barriers = barrier && strstr(barrier + 1, "simulator_barrier");
    fprintf(out, "const struct simulator_kernel simulator_kernels[] = {%s{0}};\n", list);
    fprintf(out, "const unsigned simulator_kernel_count = %u;\n", count);
    fprintf(out, "const int simulator_has_barriers = %d;\n", has_barriers);
    fprintf(out, "char *const simulator_shared[] = {simulator_shared_start, simulator_shared_stop};\n");
    fclose(out);
    free(list);
    return text;
}
