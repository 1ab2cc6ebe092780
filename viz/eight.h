/*
 * eight - eight bytes of text looked at as one number, whose lowest byte is the first.
 *
 *      unsigned digits = first_of(not_digits(eight_at(text)));     // 0 to 8 of them, at the beginning
 *
 * What is asked of the bytes is answered by their high bits. In that arithmetic a carry or borrow can
 * make a later byte look odd, never an earlier one, and the first odd one is all that is asked for.
 */
#ifndef VIZ_EIGHT_H
#define VIZ_EIGHT_H

#include <stdint.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t eight_at(const char *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    return eight;
}

/* The index of the first byte that answered yes; 8: none. */
static inline unsigned first_of(uint64_t answers)
{
    unsigned n = 0;
    if (answers == 0)
        return 8;
#ifdef __GNUC__
    n = (unsigned)__builtin_ctzll(answers) / 8;
#else
    while ((answers >> 8 * n & 0x80) == 0)
        n++;
#endif
    return n;
}

static inline uint64_t not_digits(uint64_t eight)
{
    uint64_t value = eight ^ EACH('0'); /* 0 to 9 for a digit */
    return ((value + EACH(0x80 - 10)) | value) & EACH(0x80);
}

/* A quote, a backslash, a control, or beyond ASCII. */
static inline uint64_t not_plain(uint64_t eight)
{
    uint64_t quote = eight ^ EACH('"'), slash = eight ^ EACH('\\');
    return ((eight - EACH(0x20)) | eight | (quote - EACH(1)) | (slash - EACH(1))) & EACH(0x80);
}

/* What eight digits say: pairs are added up, then fours, then all. */
static inline uint64_t eight_digits(uint64_t eight)
{
    eight ^= EACH('0');
    eight = (eight * 10 + (eight >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    eight = (eight * 100 + (eight >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (eight * 10000 + (eight >> 32)) & UINT64_C(0xFFFFFFFF);
}

#endif
