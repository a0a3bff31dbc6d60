/* NVRTC's interface over gcc: kernels become shared libraries, which the simulated driver runs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels.h"

#define EXPORTED __attribute__((visibility("default")))

/* The results by their numbers in nvrtc.h. */
enum { OK = 0, OUT_OF_MEMORY = 1, INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6,
       INTERNAL_ERROR = 11 };

struct program {
    char *source, *name, *ptx, *log;
    int headers;
    char **header, **header_name;
};

static char *copied(const char *text) {
    char *copy = strdup(text ? text : "");
    if (!copy) abort();
    return copy;
}

static char *printed(const char *format, const char *a, const char *b) {
    char *text;
    if (asprintf(&text, format, a, b) < 0) abort();
    return text;
}

EXPORTED int nvrtcVersion(int *major, int *minor) { return *major = 12, *minor = 8, OK; }

static const int architectures[] = {50, 52, 60, 70, 75, 80, 86, 89, 90, 100, 120};
enum { ARCHITECTURES = sizeof architectures / sizeof *architectures };

EXPORTED int nvrtcGetNumSupportedArchs(int *count) { return *count = ARCHITECTURES, OK; }

EXPORTED int nvrtcGetSupportedArchs(int *list) {
    memcpy(list, architectures, sizeof architectures);
    return OK;
}

EXPORTED const char *nvrtcGetErrorString(int result) {
    switch (result) {
        case OK: return "NVRTC_SUCCESS";
        case OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
        case INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
        case INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
        case INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
        case COMPILATION: return "NVRTC_ERROR_COMPILATION";
        default: return "NVRTC_ERROR_INTERNAL_ERROR";
    }
}

EXPORTED int nvrtcCreateProgram(struct program **result, const char *source, const char *name, int headers,
                                const char *const *header, const char *const *header_name) {
    if (!source || headers < 0 || (headers && (!header || !header_name))) return INVALID_INPUT;
    struct program *program = calloc(1, sizeof *program);
    program->source = copied(source);
    program->name = copied(name ? name : "default_program");
    program->headers = headers;
    program->header = calloc((size_t)headers + 1, sizeof(char *));
    program->header_name = calloc((size_t)headers + 1, sizeof(char *));
    for (int i = 0; i < headers; i++) {
        program->header[i] = copied(header[i]);
        program->header_name[i] = copied(header_name[i]);
    }
    *result = program;
    return OK;
}

EXPORTED int nvrtcDestroyProgram(struct program **given) {
    struct program *program = given ? *given : NULL;
    if (!program) return INVALID_PROGRAM;
    for (int i = 0; i < program->headers; i++) free(program->header[i]), free(program->header_name[i]);
    free(program->header), free(program->header_name);
    free(program->source), free(program->name), free(program->ptx), free(program->log);
    free(program);
    *given = NULL;
    return OK;
}

/* ---- files ---- */

/* Where compiled kernels lie: SIMULATOR_CACHE, for the next process too, or a folder that goes with this one. */
static char folder[512];
static bool folder_is_ours;

static void remove_folder(void) {
    if (!folder_is_ours) return;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (entry->d_name[0] != '.') unlinkat(dirfd(entries), entry->d_name, 0);
    }
    if (entries) closedir(entries);
    rmdir(folder);
}

static void choose_folder(void) {
    const char *set = getenv("SIMULATOR_CACHE"), *temporary = getenv("TMPDIR");
    if (set && *set) {
        snprintf(folder, sizeof folder, "%s", set);
        mkdir(folder, 0777);
        return;
    }
    snprintf(folder, sizeof folder, "%s/simulator-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    folder_is_ours = mkdtemp(folder);
    if (folder_is_ours) atexit(remove_folder);
    else *folder = 0;
}

/* Threads may compile at once. */
static const char *cache(void) {
    static pthread_once_t chosen = PTHREAD_ONCE_INIT;
    pthread_once(&chosen, choose_folder);
    return *folder ? folder : NULL;
}

static bool write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    bool written = file && fputs(text, file) >= 0;
    return file && !fclose(file) && written;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t length = 0, room = 0;
    if (!file) return copied("");
    ssize_t got = getdelim(&text, &room, 0, file);
    length = got > 0 ? (size_t)got : 0;
    fclose(file);
    if (!text) return copied("");
    text[length] = 0;
    return text;
}

/* Runs gcc, with what it says going to `log`, and without this library in its way. Between `fork` and `exec` nothing is
 * called that another thread may hold the lock of. */
static bool run(char *const *arguments, const char *log) {
    extern char **environ;
    size_t count = 0, kept = 0;
    while (environ[count]) count++;
    char **variables = calloc(count + 2, sizeof *variables);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "LD_LIBRARY_PATH=", 16) && strncmp(environ[i], "LC_ALL=", 7)) variables[kept++] = environ[i];
    }
    variables[kept] = "LC_ALL=C";
    pid_t child = fork();
    if (child == 0) {
        int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        dup2(out, 1), dup2(out, 2);
        execvpe(arguments[0], arguments, variables);
        _exit(127);
    }
    int status;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    free(variables);
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127) fprintf(stderr, "simulator: gcc did not start\n");
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static uint64_t mix(uint64_t hash, const char *text) {
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return (hash ^ 0xff) * 0x100000001b3;
}

/* ---- options ---- */

enum { MOST_OPTIONS = 128 };

/* An option that gcc has too goes to it; one that NVRTC alone has is dropped; any other is refused. */
static bool translate(const char *option, const char *value, char **given, int *count, bool *took_value) {
    static const char *const dropped[] = {"--fmad=", "-fmad=", "--std=", "-std=", "--use_fast_math", "-use_fast_math",
        "--device-as-default-execution-space", "-default-device", "--maxrregcount=", "-maxrregcount=", "--ftz=",
        "-ftz=", "--prec-sqrt=", "-prec-sqrt=", "--prec-div=", "-prec-div=", "--restrict", "-restrict", "-w",
        "--disable-warnings", "--generate-line-info", "-lineinfo", "--device-debug", "-G", "--extra-device-vectorization", "--device-int128", "-device-int128",
        "--diag-suppress=", "-diag-suppress="};
    static const struct { const char *ours, *gccs; } same[] = {{"--define-macro=", "-D"}, {"--undefine-macro=", "-U"},
        {"--include-path=", "-I"}, {"-D", "-D"}, {"-U", "-U"}, {"-I", "-I"}};
    static const char *const targets[] = {"--gpu-architecture=", "-arch=", "-arch", "--gpu-architecture"};
    *took_value = false;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if (strncmp(option, targets[i], strlen(targets[i]))) continue;
        const char *target = option + strlen(targets[i]);
        if (!*target) target = value ? value : "", *took_value = true;
        const char *number = strchr(target, '_');
        if (!number || (strncmp(target, "compute_", 8) && strncmp(target, "sm_", 3))) return false;
        for (int known = 0; known < ARCHITECTURES; known++) {
            if (architectures[known] == atoi(number + 1)) return true;
        }
        return false;
    }
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strncmp(option, same[i].ours, strlen(same[i].ours))) continue;
        const char *rest = option + strlen(same[i].ours);
        if (!*rest) rest = value ? value : "", *took_value = true;
        given[(*count)++] = printed("%s%s", same[i].gccs, rest);
        return true;
    }
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        if (!strncmp(option, dropped[i], strlen(dropped[i]))) return true;
    }
    return false;
}

/* ---- compiling ---- */

/* C knows no `extern "C"`. */
static char *as_c(const char *source) {
    char *text = copied(source);
    for (char *at = text; (at = strstr(at, "extern \"C\""));) memset(at, ' ', strlen("extern \"C\""));
    return text;
}

static int compile(struct program *program, char **given, int count, const char *shim, const char *stem,
                   const char *library, const char *log) {
    char *source = as_c(program->source), *path = printed("%s.cu%s", stem, ""), *expanded = printed("%s.i%s", stem, "");
    char *named = printed("# 1 \"%s\"\n%s", program->name, source);
    bool good = write_file(path, named);
    char *arguments[MOST_OPTIONS + 24];
    int length = 0;
    char *first[] = {"gcc", "-E", "-x", "c", "-std=gnu11", "-include", (char *)shim};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) arguments[length++] = first[i];
    for (int i = 0; i < count; i++) arguments[length++] = given[i];
    arguments[length++] = "-o", arguments[length++] = expanded, arguments[length++] = path, arguments[length] = NULL;
    good = good && run(arguments, log);
    if (good) {
        char *text = read_file(expanded), *table = table_of_kernels(text), *both = printed("%s\n%s", text, table);
        good = write_file(expanded, both);
        free(text), free(table), free(both);
    }
    char *temporary = printed("%s.so%s", stem, ""), *object = printed("%s.o%s", stem, "");
    char *second[] = {"gcc", "-x", "cpp-output", "-std=gnu11", "-O2", "-c", "-fPIC", "-ffp-contract=off",
        "-fno-tree-loop-distribute-patterns", "-Werror=implicit-function-declaration", "-Werror=int-conversion",
        "-Werror=incompatible-pointer-types", "-Werror=implicit-int", "-Werror=return-type",
        "-fsanitize=thread", "-fsanitize=alignment,shift,signed-integer-overflow,float-cast-overflow,bounds,integer-divide-by-zero,null",
        "-fno-sanitize-recover=all", "-o", object, expanded, NULL};
    /* Linked by itself, without the libraries that belong to -fsanitize: watch.c has what takes their place. */
    char *third[] = {"gcc", "-shared", "-o", temporary, object, NULL};
    good = good && run(second, log) && run(third, log) && !rename(temporary, library);
    unlink(path), unlink(expanded), unlink(object), unlink(temporary);
    free(source), free(path), free(expanded), free(named), free(object), free(temporary);
    return good ? OK : COMPILATION;
}

EXPORTED int nvrtcCompileProgram(struct program *program, int options, const char *const *option) {
    if (!program) return INVALID_PROGRAM;
    if (options < 0 || options > MOST_OPTIONS / 2) return INVALID_INPUT;
    Dl_info self;
    if (!cache() || !dladdr(&architectures, &self)) return INTERNAL_ERROR;
    free(program->log), free(program->ptx);
    program->log = NULL, program->ptx = NULL;
    char *given[MOST_OPTIONS];
    int count = 0;
    for (int i = 0; i < options; i++) {
        bool took_value;
        if (!translate(option[i], i + 1 < options ? option[i + 1] : NULL, given, &count, &took_value)) {
            program->log = printed("nvrtc: error: invalid value for or unknown option: %s%s\n", option[i], "");
            return INVALID_OPTION;
        }
        i += took_value;
    }
    char *here = copied(self.dli_fname), *shim = printed("%s/%s", (*strrchr(here, '/') = 0, here), "device_shim.h");
    char *shim_text = read_file(shim);
    /* A kernel calls what libcuda.so.1 exports, so one that was made for other sources of it is another. */
    uint64_t hash = mix(mix(mix(0xcbf29ce484222325, SIMULATOR_SOURCES), program->source), program->name);
    hash = mix(hash, shim_text);
    for (int i = 0; i < count; i++) hash = mix(hash, given[i]);
    for (int i = 0; i < program->headers; i++) hash = mix(mix(hash, program->header_name[i]), program->header[i]);
    char number[40], stem[700], library[700], log[720];
    snprintf(number, sizeof number, "%016lx", hash);
    snprintf(library, sizeof library, "%s/%s.so", cache(), number);
    static unsigned long turns;
    unsigned long turn = __atomic_add_fetch(&turns, 1, __ATOMIC_RELAXED);
    snprintf(stem, sizeof stem, "%s/%s-%d-%lu", cache(), number, (int)getpid(), turn);
    snprintf(log, sizeof log, "%s.log", stem);
    int result = OK;
    if (access(library, R_OK)) {
        /* Headers that the program brings are included from where it lies. */
        char *folder_of_headers = printed("-I%s%s", stem, "");
        if (program->headers) mkdir(stem, 0777), given[count++] = folder_of_headers;
        for (int i = 0; i < program->headers; i++) {
            char *path = printed("%s/%s", stem, program->header_name[i]), *text = as_c(program->header[i]);
            write_file(path, text);
            free(path), free(text);
        }
        result = compile(program, given, count, shim, stem, library, log);
        for (int i = 0; i < program->headers; i++) {
            char *path = printed("%s/%s", stem, program->header_name[i]);
            unlink(path);
            free(path);
        }
        rmdir(stem);
        if (program->headers) count--;
        free(folder_of_headers);
    }
    program->log = read_file(log);
    unlink(log);
    if (result == OK) program->ptx = printed("// simulated PTX: %s\n%s", library, "");
    while (count) free(given[--count]);
    free(here), free(shim), free(shim_text);
    return result;
}

EXPORTED int nvrtcGetPTXSize(struct program *program, size_t *size) {
    if (!program || !program->ptx) return INVALID_PROGRAM;
    return *size = strlen(program->ptx) + 1, OK;
}

EXPORTED int nvrtcGetPTX(struct program *program, char *ptx) {
    if (!program || !program->ptx) return INVALID_PROGRAM;
    return strcpy(ptx, program->ptx), OK;
}

/* There is no machine code here: PTX stands for both. */
EXPORTED int nvrtcGetCUBINSize(struct program *program, size_t *size) { return nvrtcGetPTXSize(program, size); }
EXPORTED int nvrtcGetCUBIN(struct program *program, char *cubin) { return nvrtcGetPTX(program, cubin); }

EXPORTED int nvrtcGetProgramLogSize(struct program *program, size_t *size) {
    if (!program) return INVALID_PROGRAM;
    return *size = strlen(program->log ? program->log : "") + 1, OK;
}

EXPORTED int nvrtcGetProgramLog(struct program *program, char *log) {
    if (!program) return INVALID_PROGRAM;
    return strcpy(log, program->log ? program->log : ""), OK;
}
