/* Instruction sets: one source, compiled once for each of them.
 *
 * The files of model/cells/, kernels_isa.c and matvec_isa.c are compiled several times, with the compiler's options
 * for each instruction set and KERNELS_NAME set to its name. What they export carries that name, and is chosen from a
 * table at start. Besides there is processor-specific code only for products on tiles (gemm_tiles.h). Of the last two
 * sets below only one file each has code of its own: matvec_isa.c, and kernels_isa.c for one instruction.
 */
#ifndef LETRA_MATH_INSTRUCTION_SET_H
#define LETRA_MATH_INSTRUCTION_SET_H

/* Each has what those before it have. */
typedef enum InstructionSet {
    INSTRUCTION_SET_PORTABLE,
    INSTRUCTION_SET_AVX2,
    INSTRUCTION_SET_AVX512,
    INSTRUCTION_SET_AVX512_VNNI, /* the same, and dot products of bytes */
    INSTRUCTION_SET_AVX512_BF16, /* the same, and conversions to bfloat16 */
    INSTRUCTION_SET_COUNT
} InstructionSet;

#ifndef KERNELS_NAME
#define KERNELS_NAME portable
#endif

#define KERNELS_JOIN_EXPANDED(base, name) base##_##name
#define KERNELS_JOIN(base, name)          KERNELS_JOIN_EXPANDED(base, name)
#define KERNELS_STRING_EXPANDED(name)     #name
#define KERNELS_STRING(name)              KERNELS_STRING_EXPANDED(name)

/* `lstm` becomes `lstm_avx512`. */
#define KERNELS_SYMBOL(base) KERNELS_JOIN(base, KERNELS_NAME)

/* For what is exported as BASE_portable, BASE_avx2 ... : declares all that this build has, and initialises an array
 * of pointers to them that is indexed by InstructionSet (NULL where there is none). KERNELS_BEST is the last one. */
#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
#define KERNELS_BEST                INSTRUCTION_SET_AVX512
#define KERNELS_DECLARE(type, base) extern const type base##_portable, base##_avx2, base##_avx512;
#define KERNELS_TABLE(base)                                                                                  \
    {                                                                                                        \
        [INSTRUCTION_SET_PORTABLE] = &base##_portable, [INSTRUCTION_SET_AVX2] = &base##_avx2,                \
        [INSTRUCTION_SET_AVX512] = &base##_avx512                                                            \
    }
#else
#define KERNELS_BEST                INSTRUCTION_SET_PORTABLE
#define KERNELS_DECLARE(type, base) extern const type base##_portable;
#define KERNELS_TABLE(base)                                                                                  \
    { [INSTRUCTION_SET_PORTABLE] = &base##_portable }
#endif

/* The row of such a table that serves a set: its own, or the next lesser one that this build has. */
static inline InstructionSet kernels_row(InstructionSet set) {
    return set > KERNELS_BEST ? KERNELS_BEST : set;
}

#endif
