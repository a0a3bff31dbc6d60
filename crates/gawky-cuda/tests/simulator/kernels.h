/* Finds the kernels in preprocessed C. */
#ifndef KERNELS_H
#define KERNELS_H

/* C text that goes behind the source: a function for each kernel that takes its arguments as `cuLaunchKernel` does, and
 * the table of them that modules.c reads. To be freed. */
char *table_of_kernels(const char *source);

#endif
