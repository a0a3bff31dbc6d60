/* The least and the greatest, and the first that is as is asked. Each block asks all its threads, then tells once. */

/* Ones everywhere, which `answer` holds before the first is found. */
#define NOWHERE (~0ull)

INLINE void tell(u64 *shared, u64 found, u64 *answer) {
    u64 first = least_of_all(shared, found);
    if (threadIdx.x == 0 && first != NOWHERE) atomicMin(answer, first);
}

/* What comes later along a thread's way lies further on, so its first is the first that it meets. */
KERNEL first_descent(const i64 *__restrict__ values, u64 count, u64 *answer) {
    __shared__ u64 shared[BLOCK];
    u64 found = NOWHERE;
    for (u64 i = own_place() + 1; i < count && found == NOWHERE; i += all_threads()) {
        if (values[i] < values[i - 1]) found = i;
    }
    tell(shared, found, answer);
}

KERNEL first_outside(const i64 *__restrict__ values, u64 count, i64 lowest, i64 end, u64 *answer) {
    __shared__ u64 shared[BLOCK];
    u64 found = NOWHERE;
    for (u64 i = own_place(); i < count && found == NOWHERE; i += all_threads()) {
        if (values[i] < lowest || values[i] >= end) found = i;
    }
    tell(shared, found, answer);
}

/* The first `wides` times 16 flags are aligned. */
KERNEL first_where(const u8 *__restrict__ flags, u64 count, u64 wides, u64 *answer) {
    __shared__ u64 shared[BLOCK];
    const Wide *from = (const Wide *)flags;
    u64 found = NOWHERE;
    for (u64 i = own_place(); i < wides && found == NOWHERE; i += all_threads()) {
        Wide both = from[i];
        if ((both.low | both.high) == 0) continue;
        found = i * 16;
        while (flags[found] == 0) found++;
    }
    for (u64 i = wides * 16 + own_place(); i < count && found == NOWHERE; i += all_threads()) {
        if (flags[i] != 0) found = i;
    }
    tell(shared, found, answer);
}

/* The sign bit turned over, which orders signed numbers as unsigned ones. */
#define SIGN (1ull << 63)

/* `answer` holds the least and the greatest, so turned over, and before the first ones and zeros. Where `flags` is no
 * address, all are counted. */
KERNEL bounds(const u64 *__restrict__ values, const u8 *__restrict__ flags, u64 count, u64 *answer) {
    __shared__ u64 shared[BLOCK];
    u64 least = ~0ull, greatest = 0;
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) {
        if (flags != 0 && flags[i] == 0) continue;
        u64 value = values[i] ^ SIGN;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
    }
    least = least_of_all(shared, least);
    greatest = ~least_of_all(shared, ~greatest);
    if (threadIdx.x == 0 && least <= greatest) {
        atomicMin(answer, least);
        atomicMax(answer + 1, greatest);
    }
}
