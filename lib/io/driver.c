/* The driver under new HDF5 files. HDF5 does not recover from a write that fails: after a full disk it crashes when the
 * process ends. So this driver never tells it; it notes the error for cgm_file, which then refuses every further call
 * and drops the file, and lets HDF5 believe that all is well. */
#define _GNU_SOURCE
#include "io/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* HDF5 hands the public part around, which must come first. */
typedef struct driver_file {
    H5FD_t base;
    int fd;
    haddr_t allocated, end; /* what HDF5 has laid out, and what the file holds */
    int *error;             /* cgm_file's errno, 0 so far */
} driver_file;

/* What the access list carries. */
typedef struct driver_info {
    int *error;
} driver_info;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t largest)
{
    (void)flags, (void)largest;
    const driver_info *info = H5Pget_driver_info(access);
    driver_file *file = info ? calloc(1, sizeof *file) : NULL;
    if (!file) {
        if (info) *info->error = ENOMEM;
        return NULL;
    }
    file->error = info->error;
    file->fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    *file->error = file->fd < 0 ? errno : 0; /* HDF5 tries twice */
    if (file->fd >= 0) return &file->base;
    free(file);
    return NULL;
}

static herr_t driver_close(H5FD_t *base)
{
    driver_file *file = (driver_file *)base;
    if (close(file->fd) != 0 && !*file->error) *file->error = errno;
    free(file);
    return 0;
}

/* An order of files, by which HDF5 tells whether two names are one file. */
static int driver_compare(const H5FD_t *a, const H5FD_t *b)
{
    struct stat x = {0}, y = {0};
    (void)fstat(((const driver_file *)a)->fd, &x);
    (void)fstat(((const driver_file *)b)->fd, &y);
    if (x.st_dev != y.st_dev) return x.st_dev < y.st_dev ? -1 : 1;
    return x.st_ino < y.st_ino ? -1 : x.st_ino > y.st_ino;
}

/* HDF5 may gather small pieces into larger ones. */
static herr_t driver_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->allocated;
}

static herr_t set_allocated(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((driver_file *)base)->allocated = address;
    return 0;
}

static haddr_t get_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->end;
}

/* What was never written, or could not be, reads as zeros. */
static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t bytes, void *buffer)
{
    (void)type, (void)transfer;
    driver_file *file = (driver_file *)base;
    char *to = buffer;
    while (bytes > 0) {
        ssize_t n = pread(file->fd, to, bytes, (off_t)address);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && !*file->error) *file->error = errno;
        if (n <= 0) break;
        to += n, bytes -= (size_t)n, address += (haddr_t)n;
    }
    memset(to, 0, bytes);
    return 0;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t bytes,
                           const void *buffer)
{
    (void)type, (void)transfer;
    driver_file *file = (driver_file *)base;
    const char *from = buffer;
    if (address + bytes > file->end) file->end = address + bytes;
    while (bytes > 0 && !*file->error) {
        ssize_t n = pwrite(file->fd, from, bytes, (off_t)address);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) *file->error = errno;
        if (n > 0) from += n, bytes -= (size_t)n, address += (haddr_t)n;
    }
    return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer, (void)closing;
    driver_file *file = (driver_file *)base;
    if (file->allocated == file->end) return 0;
    if (!*file->error && ftruncate(file->fd, (off_t)file->allocated) != 0) *file->error = errno;
    file->end = file->allocated;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 600, /* of the range left to private use */
#endif
    .name = "cgm",
    .maxaddr = ((haddr_t)1 << 62) - 1,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(driver_info),
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = get_allocated,
    .set_eoa = set_allocated,
    .get_eof = get_end,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

bool cgm_driver_set(hid_t access, int *error)
{
    /* Registered again in the rare program that has shut HDF5 down since; guarded by the lock on HDF5. */
    static hid_t id = H5I_INVALID_HID;
    if (H5Iget_type(id) != H5I_VFL) id = H5FDregister(&driver);
    return id >= 0 && H5Pset_driver(access, id, &(driver_info){error}) >= 0;
}
