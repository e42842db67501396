/* fatal.c: the ends of a process that no gol code can stop: fatal errors of the program (status 2), broken invariants of ours (abort), and
 * signals that only a defect of ours, a data race, or unsafe code can cause. */
#include "debug/debug.h"
#include "vm/vm_impl.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_all(const char *s, size_t n) {
    while (n) {
        ssize_t k = write(STDERR_FILENO, s, n);
        if (k <= 0)
            return;
        s += k;
        n -= (size_t)k;
    }
}

void rt_fatal(Runtime *rt, const char *text, bool all) {
    while (atomic_exchange(&rt->dying, true))  // who comes later waits for the end
        sleep(1);
    M *mp = rt_current_m();
    char *buf = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&buf, &n);
    if (all || vm_traces_want_all())
        sched_freeze(rt);
    put_all("fatal error: ", 13);
    put_all(text, strlen(text));
    put_all("\n", 1);
    if (out) {
        const G *gp = mp && !all ? mp->gp : NULL;
        if (gp || all)
            vm_print_traces(rt, gp, out);
        fclose(out);
        put_all(buf, n);
    }
    debug_crash_if_wanted();
    _exit(2);
}

void debug_crash_if_wanted(void) {
    const char *level = getenv("GOTRACEBACK");
    if (!level || strcmp(level, "crash") != 0)
        return;
    signal(SIGABRT, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    abort();
}

void rt_throw(const char *text) {
    put_all("gol: internal error: ", 21);
    put_all(text, strlen(text));
    put_all("\n", 1);
    abort();
}

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__  // their own reports say more
static void on_signal(int sig, siginfo_t *info, void *context) {
    (void)context;
    char line[160];
    signal(sig, SIG_DFL);  // a fault in here kills
    const char *name = sig == SIGSEGV  ? "SIGSEGV: segmentation violation"
                       : sig == SIGBUS ? "SIGBUS: bus error"
                       : sig == SIGFPE ? "SIGFPE: floating-point exception"
                                       : "SIGILL: illegal instruction";
    int n = snprintf(line, sizeof line, "fatal error: unexpected signal\n[signal %s code=0x%x addr=%p]\n", name, (unsigned)info->si_code,
                     info->si_addr);
    put_all(line, (size_t)n);
    M *mp = rt_current_m();
    char *buf = NULL;
    size_t len = 0;
    FILE *out = mp && mp->gp ? open_memstream(&buf, &len) : NULL;
    if (out) {
        vm_print_traces(mp->rt, mp->gp, out);
        fclose(out);
        put_all(buf, len);
    }
    _exit(2);
}

void debug_catch_signals(void) {
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &sa, NULL);
}
#else
void debug_catch_signals(void) {}
#endif
