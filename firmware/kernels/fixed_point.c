/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"

#define LOG2_OF_E 23637u /* with 14 bits behind the point */
#define LN_OF_2 22713    /* with 15 */
#define MOST_EXPONENT (16u << FIXED_LOGIT_BITS)
#define TANH_END (4 << FIXED_FEATURE_BITS)
#define TANH_STEP_BITS 7

/** log2(1 + i / 32), with FIXED_FEATURE_BITS. */
static const uint16_t LOG2[] = {
    0,    91,   179,  265,  348,  429,  508,  585,  659,  732,  803,
    873,  941,  1007, 1072, 1136, 1198, 1259, 1319, 1377, 1435, 1491,
    1546, 1600, 1653, 1706, 1757, 1808, 1857, 1906, 1954, 2001, 2048,
};

/** 2^(-i / 32), with FIXED_WEIGHT_BITS. */
static const uint16_t POWER[] = {
    32768, 32066, 31379, 30706, 30048, 29405, 28774, 28158, 27554, 26964, 26386,
    25821, 25268, 24726, 24196, 23678, 23170, 22674, 22188, 21713, 21247, 20792,
    20347, 19911, 19484, 19066, 18658, 18258, 17867, 17484, 17109, 16743, 16384,
};

/** tanh(i / 16), with FIXED_FEATURE_BITS. */
static const uint16_t TANH[] = {
    0,    128,  255,  380,  502,  620,  734,  843,  946,  1044, 1136, 1221, 1301,
    1374, 1442, 1503, 1560, 1611, 1657, 1699, 1737, 1771, 1802, 1829, 1854, 1876,
    1895, 1912, 1928, 1942, 1954, 1965, 1974, 1983, 1990, 1997, 2003, 2008, 2013,
    2017, 2021, 2024, 2027, 2029, 2031, 2033, 2035, 2037, 2038, 2039, 2040, 2041,
    2042, 2043, 2043, 2044, 2044, 2045, 2045, 2045, 2046, 2046, 2046, 2046, 2047,
};

int32_t fixed_ln(uint32_t spread)
{
    const int32_t n = 31 - __builtin_clz(spread);
    const uint32_t mantissa = spread << (31 - n);
    const uint32_t i = mantissa >> 26 & 31u;
    const int32_t rest = (int32_t)(mantissa >> 10 & 0xFFFFu);
    const int32_t part = LOG2[i] + (((LOG2[i + 1] - LOG2[i]) * rest) >> 16);
    return (((n - FIXED_SPREAD_BITS) * (1 << FIXED_FEATURE_BITS) + part) * LN_OF_2) >> 15;
}

uint32_t fixed_exp(uint32_t below)
{
    const uint32_t x = below < MOST_EXPONENT ? below : MOST_EXPONENT;
    const uint32_t u = (x * LOG2_OF_E) >> 14;
    const uint32_t i = (u & 255u) >> 3;
    const uint32_t fall = (((uint32_t)POWER[i] - POWER[i + 1]) * (u & 7u)) >> 3;
    return (POWER[i] - fall) >> (u >> FIXED_LOGIT_BITS);
}

int32_t fixed_tanh(int32_t value)
{
    const int32_t size = fixed_clipped(value, TANH_END - 1);
    const uint32_t x = (uint32_t)(size < 0 ? -size : size);
    const uint32_t i = x >> TANH_STEP_BITS;
    const uint32_t rest = x & ((1u << TANH_STEP_BITS) - 1u);
    const uint32_t rise = (((uint32_t)TANH[i + 1] - TANH[i]) * rest) >> TANH_STEP_BITS;
    const int32_t found = (int32_t)(TANH[i] + rise);
    return value < 0 ? -found : found;
}
