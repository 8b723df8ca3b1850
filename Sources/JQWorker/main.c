// The program `turnstone-jq`: runs filters in the language of jq for its parent, request after request, and ends with it.
//
//   turnstone-jq MEMORY_BYTES CPU_SECONDS OUTPUT_BYTES
//
// It talks on its standard input, which is a socket, in numbers of 32 bits of the machine's own order:
//
//   request   count of filters, length of the program, length of the JSON | a mode per filter: 'j' or 'r' | program | JSON
//   answer    status, place | count texts, each behind its length; all bits set stand for a filter that found nothing
//
// The program gives one list for each filter, in their order. Without filters it is only compiled. A status other than
// DONE has one text, which says why, and `place` is then the filter that failed.
//
// What runs here was written by strangers and has endless loops: processor time is bounded for each request, memory for
// the whole life, and nothing can be opened, started or connected to. A limit that is reached ends the process, which
// its parent sees.

#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <jq.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum status { DONE, NOT_COMPILED, FAILED, FLOODED };

/// So many programs are kept compiled, each of which took 20 milliseconds; those used last stand in front.
enum { KEPT = 64, LARGEST = 1 << 28, LARGE = 1 << 20 };

struct program {
    char *text;
    jq_state *state;
};

static struct program kept[KEPT];
static char complaint[1000];
static size_t output_limit;
static time_t cpu_seconds;

// MARK: Bytes

struct bytes {
    char *start;
    size_t count, room;
};

static void add(struct bytes *all, const void *more, size_t count) {
    if (all->room - all->count < count) {
        all->room = 2 * (all->room + count);
        all->start = realloc(all->start, all->room);
        if (all->start == NULL) abort();
    }
    memcpy(all->start + all->count, more, count);
    all->count += count;
}

static void add_number(struct bytes *all, uint32_t number) { add(all, &number, sizeof number); }

static void add_text(struct bytes *all, const char *text, size_t count) {
    add_number(all, (uint32_t)count);
    add(all, text, count);
}

/// Reads exactly so many bytes; the parent has gone, or its half of the socket, when there are fewer.
static void take(void *place, size_t count) {
    while (count > 0) {
        ssize_t got = read(STDIN_FILENO, place, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) exit(0);
        place = (char *)place + got;
        count -= (size_t)got;
    }
}

static char *taken(uint32_t count) {
    if (count > LARGEST) exit(1);
    char *text = malloc((size_t)count + 1);
    if (text == NULL) abort();
    take(text, count);
    text[count] = 0;
    return text;
}

static void give(const struct bytes *all) {
    size_t given = 0;
    while (given < all->count) {
        ssize_t wrote = write(STDIN_FILENO, all->start + given, all->count - given);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) exit(0);
        given += (size_t)wrote;
    }
}

// MARK: Programs

/// Keeps the first of jq's complaints.
static void note(void *context, jv message) {
    (void)context;
    jv text = jq_format_error(message);
    if (complaint[0] == 0) {
        strncpy(complaint, jv_get_kind(text) == JV_KIND_STRING ? jv_string_value(text) : "jq rejects it",
                sizeof complaint - 1);
    }
    jv_free(text);
}

/// The program compiled, kept from before or new; NULL when it is none. Takes `text`, or frees it.
static jq_state *compiled(char *text) {
    struct program found = {text, NULL};
    int place = 0;
    while (place < KEPT - 1 && kept[place].text != NULL && strcmp(kept[place].text, text) != 0) place++;
    if (kept[place].text != NULL && strcmp(kept[place].text, text) == 0) {
        found = kept[place];
        free(text);
    } else {
        found.state = jq_init();
        if (found.state == NULL) abort();
        jq_set_error_cb(found.state, note, NULL);
        if (!jq_compile_args(found.state, text, jv_object())) {
            jq_teardown(&found.state);
            free(text);
            return NULL;
        }
        if (kept[place].text != NULL) {
            jq_teardown(&kept[place].state);
            free(kept[place].text);
        }
    }
    memmove(kept + 1, kept, sizeof *kept * (size_t)place);
    kept[0] = found;
    return found.state;
}

/// Whether the program can be compiled; it is not kept.
static bool compiles(char *text) {
    jq_state *state = jq_init();
    if (state == NULL) abort();
    jq_set_error_cb(state, note, NULL);
    bool does = jq_compile_args(state, text, jv_object());
    jq_teardown(&state);
    free(text);
    return does;
}

// MARK: Answers

static void add_failure(struct bytes *answer, enum status status, uint32_t place, const char *why) {
    answer->count = 0;
    add_number(answer, status);
    add_number(answer, place);
    add_text(answer, why, strnlen(why, 1000));
}

/// Adds what one filter found: its one result, or the list of several; raw ones on lines of their own.
static void add_found(struct bytes *answer, jv found, char mode) {
    int count = jv_array_length(jv_copy(found));
    if (count == 0) {
        add_number(answer, UINT32_MAX);
    } else if (mode == 'r') {
        size_t start = answer->count;
        add_number(answer, 0);
        for (int index = 0; index < count; index++) {
            jv one = jv_array_get(jv_copy(found), index);
            if (jv_get_kind(one) != JV_KIND_STRING) one = jv_dump_string(one, 0);
            add(answer, jv_string_value(one), (size_t)jv_string_length_bytes(jv_copy(one)));
            add(answer, "\n", 1);
            jv_free(one);
        }
        uint32_t length = (uint32_t)(answer->count - start - sizeof length);
        memcpy(answer->start + start, &length, sizeof length);
    } else {
        jv one = count == 1 ? jv_array_get(jv_copy(found), 0) : jv_copy(found);
        one = jv_dump_string(one, JV_PRINT_INDENT_FLAGS(4));
        add_text(answer, jv_string_value(one), (size_t)jv_string_length_bytes(jv_copy(one)));
        jv_free(one);
    }
    jv_free(found);
}

/// Why a program ended that did not end well; takes `end`.
static void add_error(struct bytes *answer, uint32_t place, const char *prefix, jv end) {
    char why[1000];
    jv message = jv_invalid_get_msg(end);
    bool is_text = jv_get_kind(message) == JV_KIND_STRING;
    if (!is_text) message = jv_dump_string(message, 0);
    snprintf(why, sizeof why, "%s%s%s", prefix, is_text ? "" : "(not a string): ", jv_string_value(message));
    jv_free(message);
    add_failure(answer, FAILED, place, why);
}

static void run(struct bytes *answer, char *program, const char *modes, uint32_t count, const char *json, int length) {
    jq_state *state = compiled(program);
    if (state == NULL) return add_failure(answer, NOT_COMPILED, 0, complaint);
    jv_parser *parser = jv_parser_new(0);
    jv_parser_set_buf(parser, json, length, 0);
    jv input = jv_parser_next(parser);
    jv_parser_free(parser);
    if (!jv_is_valid(input)) return add_error(answer, 0, "parse error: ", input);
    add_number(answer, DONE);
    add_number(answer, count);
    jq_start(state, input, 0);
    uint32_t place = 0;
    jv found = jq_next(state);
    while (jv_is_valid(found) && place < count && answer->count <= output_limit) {
        add_found(answer, found, modes[place++]);
        found = jq_next(state);
    }
    if (answer->count > output_limit) {
        jv_free(found);
        add_failure(answer, FLOODED, place - 1, "");
    } else if (jv_invalid_has_msg(jv_copy(found))) {
        add_error(answer, place, "", found);
    } else {
        jv_free(found);
        // What ends the whole program silently leaves lists out.
        while (place++ < count) add_number(answer, UINT32_MAX);
    }
    // Lets go of the page.
    jq_start(state, jv_null(), 0);
}

static void set_clock(time_t seconds) {
    struct itimerval time = {.it_value.tv_sec = seconds};
    setitimer(ITIMER_PROF, &time, NULL);
}

static void answer_one(struct bytes *answer) {
    uint32_t head[3];
    take(head, sizeof head);
    char *modes = taken(head[0]), *program = taken(head[1]), *json = taken(head[2]);
    answer->count = 0;
    complaint[0] = 0;
    set_clock(cpu_seconds);
    if (head[0] > 0) {
        run(answer, program, modes, head[0], json, (int)head[2]);
    } else if (compiles(program)) {
        add_number(answer, DONE);
        add_number(answer, 0);
    } else {
        add_failure(answer, NOT_COMPILED, 0, complaint);
    }
    set_clock(0);
    free(modes);
    free(json);
    give(answer);
    if (head[2] > LARGE || answer->count > LARGE) {
        free(answer->start);
        *answer = (struct bytes){0};
        malloc_trim(0);
    }
}

int main(int count, char *words[]) {
    if (count != 4) return 2;
    cpu_seconds = (time_t)strtol(words[2], NULL, 10);
    output_limit = (size_t)strtoul(words[3], NULL, 10);
    confine((size_t)strtoul(words[1], NULL, 10));
    struct bytes answer = {0};
    for (;;) answer_one(&answer);
}
