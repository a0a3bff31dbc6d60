/* Rows taken by their numbers. Where there is no such row, all bits are set.
 *
 * A row's number is compared as unsigned, so that negative ones are beyond the end, too. */

/* Rows of one unit. */
KERNEL gather_units(const Unit *__restrict__ from, u64 there, const i64 *__restrict__ rows, Unit *__restrict__ out,
                    u64 wanted) {
    for (ROUNDS(i, wanted)) {
        u64 row[AT_ONCE];
        Unit taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) row[k] = place(i, k) < wanted ? (u64)rows[place(i, k)] : there;
        FOR_EACH_OF_ROUND(k) {
            taken[k] = all_ones();
            if (row[k] < there) taken[k] = from[row[k]];
        }
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wanted) out[place(i, k)] = taken[k];
        }
    }
}

/* Rows of several units; neighbouring threads move neighbouring units. */
KERNEL gather_rows(const Unit *__restrict__ from, u64 there, const i64 *__restrict__ rows, Unit *__restrict__ out,
                   u64 wanted, u64 width) {
    u64 all = wanted * width;
    for (ROUNDS(i, all)) {
        u64 row[AT_ONCE], within[AT_ONCE];
        Unit taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            u64 which = place(i, k) / width;
            within[k] = place(i, k) - which * width;
            row[k] = which < wanted ? (u64)rows[which] : there;
        }
        FOR_EACH_OF_ROUND(k) {
            taken[k] = all_ones();
            if (row[k] < there) taken[k] = from[row[k] * width + within[k]];
        }
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < all) out[place(i, k)] = taken[k];
        }
    }
}
