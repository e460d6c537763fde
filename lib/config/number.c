#define _GNU_SOURCE 1 /* strtod_l */

#include "config/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void choose_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* An application may have set a locale whose decimal point is a comma. */
static double to_double(const char *text, char **end)
{
    pthread_once(&c_locale_once, choose_locale);
    return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

bool cgm_number_parse(const char *text, double *value)
{
    /* strtod also takes hexadecimal, nan, inf and leading blanks: none of them is meant in a config or a table. */
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return false;
    char *end;
    double x = to_double(text, &end);
    if (end == text || *end || !isfinite(x)) return false;
    *value = x;
    return true;
}

bool cgm_integer_parse(const char *text, int64_t *value)
{
    double x;
    if (!cgm_number_parse(text, &x)) return false;
    char *end;
    errno = 0;
    long long exact = strtoll(text, &end, 10);
    if (!*end) {
        if (errno == ERANGE) return false;
        *value = exact;
        return true;
    }
    if (x != floor(x) || fabs(x) > 9007199254740992.0) return false;
    *value = (int64_t)x;
    return true;
}
