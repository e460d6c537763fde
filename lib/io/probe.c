/* Whether an HDF5 file can be read without harm. HDF5 1.10 crashes on some crafted or damaged files, so a child process
 * reads the file to its end first: every object, attribute and chunk. If the child dies or hangs, the file is damaged;
 * if it complains, its complaint is the message. */
#define _GNU_SOURCE
#include "io/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#ifdef CGM_COVERAGE
#include <gcov.h>
#endif
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

enum {
    SECONDS_TO_READ = 20, /* then the child leaves the rest of the data unread, and all is well so far */
    SECONDS_TO_LIVE = 60,
    READ_BYTES = 1 << 20,
};
#define LARGEST_PIECE ((size_t)256 << 20) /* a chunk or a row, in bytes */
#define LARGEST_DATASET ((size_t)1 << 40)
#define MEMORY ((rlim_t)1 << 30)

/* The verdicts that a child writes last of all when nothing is wrong, and when it could not get what memory it wanted.
 */
static const char fine[] = "\001fine", no_memory[] = "\001memory";

typedef struct probe {
    const char *path;
    hid_t file;
    uint64_t file_bytes;
    double deadline;
    bool no_memory;
    char complaint[512];
} probe;

__attribute__((format(printf, 2, 3))) static herr_t complain(probe *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!p->complaint[0]) vsnprintf(p->complaint, sizeof p->complaint, format, args);
    va_end(args);
    return -1;
}

/* Reads n elements as the library would. */
static bool read_elements(probe *p, hid_t object, bool is_attribute, hid_t memory_space, hid_t file_space, size_t n)
{
    hid_t type = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
    cgm_dtype dtype = CGM_U8;
    bool ok = true;
    if (type < 0 || !cgm_hdf5_dtype(type, &dtype)) {
        ok = type >= 0; /* a type that the library does not read */
    } else if (dtype == CGM_TEXT) {
        cgm_arena arena = {0};
        const char **texts = cgm_arena_array(&arena, n, sizeof *texts);
        cgm_status status = CGM_E_MEMORY;
        if (texts) status = cgm_hdf5_read_texts(object, is_attribute, memory_space, file_space, n, &arena, texts);
        ok = status == CGM_OK;
        p->no_memory |= status == CGM_E_MEMORY;
        cgm_arena_clear(&arena);
    } else {
        hid_t memory = cgm_hdf5_memory_type(dtype);
        void *buffer = cgm_alloc_aligned(n * cgm_dtype_size(dtype));
        p->no_memory |= !buffer;
        ok = buffer && (is_attribute ? H5Aread(object, memory, buffer)
                                     : H5Dread(object, memory, memory_space, file_space, H5P_DEFAULT, buffer)) >= 0;
        cgm_free_aligned(buffer);
        cgm_hdf5_close(memory);
    }
    cgm_hdf5_close(type);
    return ok;
}

static herr_t probe_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    probe *p = context;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t space = attribute < 0 ? attribute : H5Aget_space(attribute);
    hid_t type = attribute < 0 ? attribute : H5Aget_type(attribute);
    hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    herr_t result = 0;
    if (n < 0 || size == 0)
        result = complain(p, "the attribute '%s' is damaged", name);
    else if ((size_t)n > LARGEST_PIECE / size)
        result = complain(p, "the attribute '%s' claims %lld elements", name, (long long)n);
    else if (n > 0 && !read_elements(p, attribute, true, H5S_ALL, H5S_ALL, (size_t)n))
        result = complain(p, "the attribute '%s' is damaged", name);
    cgm_hdf5_close(type);
    cgm_hdf5_close(space);
    cgm_hdf5_close(attribute);
    return result;
}

/* Where the data lie, and whether that is believable. Sets the rows of a chunk. */
static herr_t probe_layout(probe *p, const char *name, hid_t dataset, size_t element, size_t bytes, hsize_t *rows)
{
    hid_t list = H5Dget_create_plist(dataset);
    herr_t result = 0;
    H5D_layout_t layout = list < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(list);
    *rows = 1;
    if (layout == H5D_LAYOUT_ERROR) {
        result = complain(p, "/%s: its layout is damaged", name);
    } else if (layout == H5D_VIRTUAL || H5Pget_external_count(list) > 0) {
        result = complain(p, "/%s: its data are in another file", name);
    } else if (bytes > LARGEST_DATASET || bytes / 1100 > p->file_bytes + (64 << 10)) {
        /* Deflate packs 1 to 1032 at best. */
        result = complain(p, "/%s: it claims %zu bytes, more than the file can hold", name, bytes);
    } else if (layout == H5D_CHUNKED) {
        hsize_t chunk[H5S_MAX_RANK];
        int rank = H5Pget_chunk(list, H5S_MAX_RANK, chunk);
        size_t size = element;
        for (int i = 0; i < rank; i++)
            if (__builtin_mul_overflow(size, chunk[i], &size)) size = SIZE_MAX;
        if (rank < 1 || size > LARGEST_PIECE)
            result = complain(p, "/%s: its chunks are too large to be read", name);
        else
            *rows = chunk[0];
    }
    cgm_hdf5_close(list);
    return result;
}

/* Reads a data set by blocks of whole rows of chunks. */
static herr_t probe_rows(probe *p, const char *name, hid_t dataset, cgm_shape shape, size_t element, hsize_t chunk_rows)
{
    if (cgm_shape_size(shape) == 0) return 0;
    if (shape.rank == 0)
        return read_elements(p, dataset, false, H5S_ALL, H5S_ALL, 1) ? 0
                                                                     : complain(p, "/%s: its data are damaged", name);
    hsize_t n = (hsize_t)shape.dim[0], row = (hsize_t)cgm_shape_size(shape) / n, start[CGM_MAX_RANK] = {0},
            count[CGM_MAX_RANK];
    if (row > LARGEST_PIECE / element) return 0;
    hsize_t step = READ_BYTES / (row * element) / chunk_rows * chunk_rows;
    if (step < chunk_rows) step = chunk_rows;
    if (step > LARGEST_PIECE / (row * element)) step = 1;
    for (int i = 0; i < shape.rank; i++) count[i] = (hsize_t)shape.dim[i];
    hid_t space = H5Dget_space(dataset);
    herr_t result = space < 0 ? -1 : 0;
    for (; start[0] < n && result >= 0 && cgm_seconds() < p->deadline; start[0] += step) {
        count[0] = n - start[0] < step ? n - start[0] : step;
        hid_t memory = H5Screate_simple(shape.rank, count, NULL);
        if (memory < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
            !read_elements(p, dataset, false, memory, space, (size_t)(count[0] * row)))
            result = complain(p, "/%s: its data are damaged, near row %lld", name, (long long)start[0]);
        cgm_hdf5_close(memory);
    }
    cgm_hdf5_close(space);
    return result;
}

static herr_t probe_dataset(probe *p, const char *name, hid_t dataset)
{
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    size_t element = type < 0 ? 0 : H5Tget_size(type);
    hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    cgm_hdf5_close(space);
    cgm_hdf5_close(type);
    if (element == 0 || n < 0) return complain(p, "/%s: its type or shape is damaged", name);
    if (cgm_hdf5_is_axis(dataset)) return 0;
    size_t bytes;
    if (__builtin_mul_overflow(element, (size_t)n, &bytes)) bytes = SIZE_MAX;
    hsize_t rows;
    if (probe_layout(p, name, dataset, element, bytes, &rows) < 0) return -1;
    cgm_dtype dtype = CGM_U8;
    cgm_shape shape;
    /* What the library refuses to read anyway need not be read here. */
    if (cgm_hdf5_inspect(p->path, name, dataset, &dtype, &shape) != CGM_OK) return 0;
    return probe_rows(p, name, dataset, shape, element > cgm_dtype_size(dtype) ? element : cgm_dtype_size(dtype), rows);
}

static herr_t probe_object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    (void)info;
    probe *p = context;
    hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    if (object < 0) return complain(p, "/%s: cannot be opened (HDF5: %s)", name, cgm_hdf5_reason());
    hsize_t at = 0;
    herr_t result = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, &at, probe_attribute, p);
    if (result < 0)
        (void)complain(p, "/%s: its attributes are damaged", name);
    else if (H5Iget_type(object) == H5I_DATASET)
        result = probe_dataset(p, name, object);
    H5Oclose(object);
    return result < 0 ? -1 : 0;
}

static herr_t probe_link(hid_t root, const char *name, const H5L_info_t *info, void *context)
{
    (void)root;
    if (info->type == H5L_TYPE_HARD || info->type == H5L_TYPE_SOFT) return 0;
    return complain(context, "/%s: it leads to another file", name);
}

static void probe_file(probe *p)
{
    hid_t file = H5Fopen(p->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        const char *why = cgm_hdf5_reason();
        if (strstr(why, "truncated"))
            (void)complain(p, "the file is truncated: it is shorter than its header says");
        else
            (void)complain(p, "HDF5 cannot open it, it is damaged (%s)", why);
    } else if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, probe_link, p) < 0 ||
               H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, probe_object, p, H5O_INFO_BASIC) < 0) {
        (void)complain(p, "HDF5 cannot read it, it is damaged (%s)", cgm_hdf5_reason());
    }
    cgm_hdf5_close(file);
}

/* Leaves what a crash could touch: no core file, nothing on the terminal, a bound on memory and time. */
static void confine(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT, SIGALRM};
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) signal(deadly[i], SIG_DFL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) (void)dup2(null, STDOUT_FILENO), (void)dup2(null, STDERR_FILENO);
    struct rlimit limit = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &limit);
    /* On top of what the process has by now. */
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm && fscanf(statm, "%lu", &pages) == 1 && getrlimit(RLIMIT_AS, &limit) == 0) {
        rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY;
        if (most < limit.rlim_cur) {
            limit.rlim_cur = most;
            (void)setrlimit(RLIMIT_AS, &limit);
        }
    }
    if (statm) fclose(statm);
    (void)alarm(SECONDS_TO_LIVE);
}

_Noreturn static void run_child(const char *path, uint64_t bytes, int out)
{
    confine();
    probe p = {.path = path, .file_bytes = bytes, .deadline = cgm_seconds() + SECONDS_TO_READ};
    probe_file(&p);
    const char *verdict = p.no_memory ? no_memory : p.complaint[0] ? p.complaint : fine;
    ssize_t written = write(out, verdict, strlen(verdict));
#ifdef CGM_COVERAGE
    __gcov_dump(); /* _exit leaves it out, and lines that a child has run count too */
#endif
    _exit(written < 0);
}

/* Reads the child's verdict until it ends or has lived too long; then it is no more. */
static void await_child(pid_t child, int in, char *verdict, size_t size)
{
    size_t n = 0;
    double end = cgm_seconds() + SECONDS_TO_LIVE + 5;
    for (;;) {
        struct pollfd ready = {.fd = in, .events = POLLIN};
        double left = end - cgm_seconds();
        int got = left > 0 ? poll(&ready, 1, (int)(left * 1000) + 1) : 0;
        if (got < 0 && errno == EINTR) continue;
        ssize_t bytes = got > 0 ? read(in, verdict + n, size - 1 - n) : 0;
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes <= 0) break;
        n += (size_t)bytes;
    }
    verdict[n] = '\0';
    (void)kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* What can be said of the file without HDF5. */
static cgm_status check_kind(const char *path, uint64_t *bytes)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
    struct stat info;
    if (stat(path, &info) != 0) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return CGM_FAIL(CGM_E_ARG, "%s: it is a directory, where an HDF5 file is expected", path);
    if (!S_ISREG(info.st_mode)) return CGM_FAIL(CGM_E_ARG, "%s: it is not a regular file", path);
    if (info.st_size == 0) return CGM_FAIL(CGM_E_FORMAT, "%s: the file is empty, where an HDF5 file is expected", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    bool found = false;
    /* It may follow a user block of 512 bytes, or twice, four times, ... as many. */
    for (off_t at = 0; at < info.st_size && !found; at = at ? 2 * at : 512) {
        unsigned char begin[8];
        found = pread(fd, begin, sizeof begin, at) == sizeof begin && memcmp(begin, signature, sizeof begin) == 0;
    }
    close(fd);
    *bytes = (uint64_t)info.st_size;
    return found ? CGM_OK : CGM_FAIL(CGM_E_FORMAT, "%s: it is not an HDF5 file", path);
}

cgm_status cgm_probe(const char *path)
{
    uint64_t bytes = 0;
    int ends[2];
    char verdict[512];
    CGM_TRY(check_kind(path, &bytes));
    if (pipe2(ends, O_CLOEXEC) != 0) return CGM_FAIL(CGM_E_IO, "%s: cannot check the file: %s", path, strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(path, bytes, ends[1]);
    }
    int failed = errno;
    close(ends[1]);
    if (child > 0) await_child(child, ends[0], verdict, sizeof verdict);
    close(ends[0]);
    if (child < 0)
        return CGM_FAIL(CGM_E_IO, "%s: cannot start a process to check the file: %s", path, strerror(failed));
    if (strcmp(verdict, fine) == 0) return CGM_OK;
    if (strcmp(verdict, no_memory) == 0)
        return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory while the file was checked", path);
    if (verdict[0]) return CGM_FAIL(CGM_E_FORMAT, "%s: %s", path, verdict);
    return CGM_FAIL(CGM_E_FORMAT, "%s: HDF5 cannot read it, it is damaged", path);
}
