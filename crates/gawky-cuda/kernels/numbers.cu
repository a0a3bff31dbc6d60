/* One number from one or two or three. They are unsigned where they wrap, since signed ones may not in C. */

KERNEL subtract(const u64 *__restrict__ a, const u64 *__restrict__ b, u64 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = a[i] - b[i];
}

KERNEL add(const u64 *__restrict__ values, u64 number, u64 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = values[i] + number;
}

KERNEL choose(const u8 *__restrict__ flags, const u64 *__restrict__ yes, const u64 *__restrict__ no,
              u64 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = flags[i] != 0 ? yes[i] : no[i];
}

KERNEL less(const i64 *__restrict__ a, const i64 *__restrict__ b, u8 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = a[i] < b[i];
}

KERNEL not_negative(const i64 *__restrict__ values, u8 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = values[i] >= 0;
}

KERNEL counting(u64 first, u64 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) out[i] = first + i;
}

/* The rows of lists of `size` rows each. */
KERNEL regular_rows(const u64 *__restrict__ lists, u64 size, u64 *__restrict__ out, u64 count) {
#pragma unroll 4
    for (u64 i = own_place(); i < count; i += all_threads()) {
        u64 which = i / size;
        out[i] = lists[which] * size + (i - which * size);
    }
}
