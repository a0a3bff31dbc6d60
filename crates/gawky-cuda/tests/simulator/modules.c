/* Modules: shared libraries that the simulated NVRTC has made of kernels. */
#define _GNU_SOURCE
#include "simulator.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MARK[] = "// simulated PTX: ";
enum { MOST_SHARED = 49152 };

static struct module **modules;
static size_t count, room;

/* What NVRTC's side emits; see device_shim.h. */
struct emitted_kernel {
    const char *name;
    void (*call)(void **arguments);
    const uint32_t *sizes;
    uint32_t parameters;
};

static int find_data(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct module *module = context;
    if (info->dlpi_addr != ((struct link_map *)module->library)->l_addr) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        char *start = (char *)info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD) continue;
        if (!module->data_start || start < module->data_start) module->data_start = start;
        if (start + header->p_memsz > module->data_stop) module->data_stop = start + header->p_memsz;
    }
    return 0;
}

static CUresult load(void **result, const char *path) {
    /* Modules find the barrier and the watch in this library, which was loaded for its own user alone. */
    static bool global;
    Dl_info self;
    if (!global && dladdr(&report, &self)) global = dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "simulator: %s\n", dlerror());
        return INVALID_PTX;
    }
    const struct emitted_kernel *kernels = dlsym(library, "simulator_kernels");
    const uint32_t *length = dlsym(library, "simulator_kernel_count");
    const int *has_barriers = dlsym(library, "simulator_has_barriers");
    char *const *shared = dlsym(library, "simulator_shared");
    if (!kernels || !length || !has_barriers || !shared) return dlclose(library), INVALID_IMAGE;
    if (shared[1] - shared[0] > MOST_SHARED) {
        fprintf(stderr, "simulator: %ld bytes of shared memory, of %d\n", (long)(shared[1] - shared[0]), MOST_SHARED);
        return dlclose(library), INVALID_PTX;
    }
    struct module *module = calloc(1, sizeof *module);
    *module = (struct module){.library = library,
                              .context = current_context(),
                              .has_barriers = *has_barriers,
                              .shared_start = shared[0],
                              .shared_stop = shared[1],
                              .kernels = *length};
    dl_iterate_phdr(find_data, module);
    module->kernel = calloc(module->kernels + 1, sizeof *module->kernel);
    for (uint32_t i = 0; i < module->kernels; i++) {
        module->kernel[i] = (struct kernel){.name = kernels[i].name,
                                            .call = kernels[i].call,
                                            .sizes = kernels[i].sizes,
                                            .parameters = kernels[i].parameters,
                                            .module = module};
        module->kernel[i].handle = new_handle(FUNCTION, &module->kernel[i]);
    }
    if (count == room) {
        room = room ? 2 * room : 16;
        modules = realloc(modules, room * sizeof *modules);
        if (!modules) abort();
    }
    modules[count++] = module;
    report.modules++;
    *result = module->handle = new_handle(MODULE, module);
    return SUCCESS;
}

EXPORTED CUresult cuModuleLoadData(void **module, const void *image) {
    ENTER(NEEDS_CONTEXT);
    char path[4096];
    if (strncmp(image, MARK, strlen(MARK))) return INVALID_IMAGE;
    const char *start = (const char *)image + strlen(MARK);
    snprintf(path, sizeof path, "%.*s", (int)strcspn(start, "\n"), start);
    return load(module, path);
}

EXPORTED CUresult cuModuleLoad(void **module, const char *path) {
    ENTER(NEEDS_CONTEXT);
    return load(module, path);
}

static void unload(struct module *module) {
    for (uint32_t i = 0; i < module->kernels; i++) end_handle(module->kernel[i].handle);
    end_handle(module->handle);
    for (size_t i = 0; i < count; i++) {
        if (modules[i] == module) modules[i] = modules[--count];
    }
    report.modules--;
    /* The library stays: a launch that is still to come needs it, as on a device. */
}

EXPORTED CUresult cuModuleUnload(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct module *module = behind(handle, MODULE);
    if (!module) return INVALID_HANDLE;
    finish_all();
    unload(module);
    return lost();
}

void end_modules_of(struct context *context) {
    for (size_t i = count; i-- > 0;) {
        if (modules[i]->context == context) unload(modules[i]);
    }
}

EXPORTED CUresult cuModuleGetFunction(void **result, void *handle, const char *name) {
    ENTER(NEEDS_CONTEXT);
    struct module *module = behind(handle, MODULE);
    if (!module) return INVALID_HANDLE;
    for (uint32_t i = 0; i < module->kernels; i++) {
        if (!strcmp(module->kernel[i].name, name)) return *result = module->kernel[i].handle, SUCCESS;
    }
    return NOT_FOUND;
}

EXPORTED CUresult cuFuncGetName(const char **name, void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct kernel *kernel = behind(handle, FUNCTION);
    if (!kernel) return INVALID_HANDLE;
    *name = kernel->name;
    return SUCCESS;
}

/* The attributes by their numbers in cuda.h. */
EXPORTED CUresult cuFuncGetAttribute(int *value, int attribute, void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct kernel *kernel = behind(handle, FUNCTION);
    if (!kernel) return INVALID_HANDLE;
    switch (attribute) {
        case 0: *value = 1024; break; /* MAX_THREADS_PER_BLOCK */
        case 1: *value = (int)(kernel->module->shared_stop - kernel->module->shared_start); break;
        case 5: case 6: *value = 90; break; /* PTX_VERSION, BINARY_VERSION */
        default: *value = 0;
    }
    return SUCCESS;
}

EXPORTED CUresult cuFuncSetAttribute(void *handle, int attribute, int value) {
    ENTER(NEEDS_CONTEXT);
    (void)attribute, (void)value;
    return behind(handle, FUNCTION) ? SUCCESS : INVALID_HANDLE;
}

EXPORTED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *handle, int size, size_t shared) {
    ENTER(NEEDS_CONTEXT);
    (void)shared;
    if (!behind(handle, FUNCTION)) return INVALID_HANDLE;
    if (size < 1 || size > 1024) return INVALID_VALUE;
    *blocks = 2048 / size;
    return SUCCESS;
}

EXPORTED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, void *handle, int size,
                                                                       size_t shared, unsigned flags) {
    (void)flags;
    return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, handle, size, shared);
}
