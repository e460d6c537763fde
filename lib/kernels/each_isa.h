/* Includes the file EACH_ISA once for each instruction set that one portable binary carries. For it are defined
 * ISA(name), which gives the names of each copy a prefix, VECTOR_BYTES, and X86_LEVEL: 4, 3, or 0 for what every
 * machine has. What it defines is static. Afterwards ISA_LIST(name) lists the copies of an object. Internal. */
#include <stddef.h>

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define ISA(name) v4_##name
#define VECTOR_BYTES 64
#define X86_LEVEL 4
#include EACH_ISA
#undef ISA
#undef VECTOR_BYTES
#undef X86_LEVEL
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define ISA(name) v3_##name
#define VECTOR_BYTES 32
#define X86_LEVEL 3
#include EACH_ISA
#undef ISA
#undef VECTOR_BYTES
#undef X86_LEVEL
#pragma GCC pop_options

/* NULL where this machine cannot run a copy; best first. */
#define ISA_LIST(name)                                                                                                 \
    {                                                                                                                  \
        __builtin_cpu_supports("x86-64-v4") ? &v4_##name : NULL,                                                       \
            __builtin_cpu_supports("x86-64-v3") ? &v3_##name : NULL, &base_##name                                      \
    }
#else
#define ISA_LIST(name)                                                                                                 \
    {                                                                                                                  \
        NULL, NULL, &base_##name                                                                                       \
    }
#endif
enum { ISA_COPIES = 3 };

#define ISA(name) base_##name
#define VECTOR_BYTES 16
#define X86_LEVEL 0
#include EACH_ISA
#undef ISA
#undef VECTOR_BYTES
#undef X86_LEVEL
#undef EACH_ISA
