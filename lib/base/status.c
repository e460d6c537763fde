/* The thread-local error message and the fatal handler. */
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 1024

static _Thread_local char message[MESSAGE_BYTES];
static _Thread_local char source[128];

bool cgm_status_is_user(cgm_status status)
{
    return status >= CGM_E_ARG && status < CGM_E_MEMORY;
}

const char *cgm_error_message(void)
{
    return message;
}

const char *cgm_error_source(void)
{
    return source;
}

/* Makes one line of text: control characters become spaces, trailing ones go, and a UTF-8 character that truncation cut
 * in two is dropped whole. */
static void make_line(char *text, bool truncated)
{
    size_t n = strlen(text);
    if (truncated) {
        size_t start = n;
        while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
        if (start > 0 && (unsigned char)text[start - 1] >= 0xC0) {
            unsigned char lead = (unsigned char)text[start - 1];
            size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
            if (n - (start - 1) < want) n = start - 1;
        }
    }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F) text[i] = ' ';
    while (n > 0 && text[n - 1] == ' ') n--;
    text[n] = '\0';
}

/* Formats into a buffer apart, because the arguments may point into the message itself. */
static void set_message(const char *format, va_list args)
{
    char text[MESSAGE_BYTES];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0) snprintf(text, sizeof text, "%s", format);
    make_line(text, n >= (int)sizeof text);
    memcpy(message, text, sizeof text);
}

cgm_status cgm_fail_at(const char *file, int line, cgm_status status, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    snprintf(source, sizeof source, "%s:%d", slash ? slash + 1 : file, line);
    va_list args;
    va_start(args, format);
    set_message(format, args);
    va_end(args);
    return status;
}

cgm_status cgm_fail_context(cgm_status status, const char *format, ...)
{
    char old[MESSAGE_BYTES], both[2 * MESSAGE_BYTES + 2];
    memcpy(old, message, sizeof old);
    va_list args;
    va_start(args, format);
    set_message(format, args);
    va_end(args);
    snprintf(both, sizeof both, "%s: %s", message, old);
    bool truncated = strlen(both) >= sizeof message;
    both[sizeof message - 1] = '\0';
    make_line(both, truncated);
    memcpy(message, both, sizeof message);
    return status;
}

static cgm_fatal_fn *fatal_handler;

void cgm_set_fatal_handler(cgm_fatal_fn *handler)
{
    fatal_handler = handler;
}

_Noreturn void cgm_fatal_at(const char *file, int line, const char *what)
{
    if (fatal_handler) fatal_handler(file, line, what);
    abort();
}
