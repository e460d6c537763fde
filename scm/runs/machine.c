/* What a run ran on. */
#include "config.h"
#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"
#include "scm/runs/run_priv.h"

const char *cgm_version(void)
{
    return PACKAGE_VERSION;
}

/* The value after "KEY : " in a file of such lines; "" when it is not there. */
static void read_field(const char *path, const char *key, size_t size, char *out)
{
    char line[512];
    FILE *f = fopen(path, "r");
    out[0] = '\0';
    if (!f) return;
    while (!out[0] && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, strlen(key)) != 0) continue;
        colon++;
        colon += strspn(colon, " \t");
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(out, size, "%s", colon);
    }
    fclose(f);
}

cgm_status cgm_machine_describe(cgm_arena *arena, const char **cpu, const char **versions)
{
    char model[256], blas[CGM_BLAS_TEXT];
    unsigned major = 0, minor = 0, release = 0;
    read_field("/proc/cpuinfo", "model name", sizeof model, model);
    H5get_libversion(&major, &minor, &release);
    cgm_kernels_describe_blas(blas);
    const char *cpu_copy = cgm_arena_strdup(arena, model);
    const char *text = cgm_arena_printf(arena, "%s, GSL %s, HDF5 %u.%u.%u, tensors of %s", blas, gsl_version, major,
                                        minor, release, sizeof(cgm_real) == sizeof(float) ? "float" : "double");
    if (!cpu_copy || !text) return CGM_E_MEMORY;
    *cpu = cpu_copy;
    *versions = text;
    return CGM_OK;
}

/* The number in a file of one number, such as a control group's limit; SIZE_MAX when there is none ("max"). */
static size_t read_number(const char *path)
{
    unsigned long long value = 0;
    FILE *f = fopen(path, "r");
    if (!f) return SIZE_MAX;
    int got = fscanf(f, "%llu", &value);
    fclose(f);
    return got == 1 ? (size_t)value : SIZE_MAX;
}

size_t cgm_machine_memory(void)
{
    char text[64];
    unsigned long long kib = 0;
    size_t available = SIZE_MAX;
    read_field("/proc/meminfo", "MemAvailable", sizeof text, text);
    if (sscanf(text, "%llu", &kib) == 1 && kib < SIZE_MAX / 1024) available = (size_t)kib * 1024;
    size_t limit = read_number("/sys/fs/cgroup/memory.max"), used = read_number("/sys/fs/cgroup/memory.current");
    if (limit != SIZE_MAX && used != SIZE_MAX && limit > used && limit - used < available) available = limit - used;
    return available;
}

void cgm_machine_time(char text[CGM_TIME_TEXT])
{
    time_t now = time(NULL);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(text, CGM_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) text[0] = '\0';
}
