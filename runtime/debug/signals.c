/* signals.c: what signals do to a program that does not ask for them, as Go has it: the ones below are taken and forgotten, the rest keeps the
 * system's ways. A handler that does nothing is used and not SIG_IGN, since that would go over to children. */
#include "debug/debug.h"

#include <signal.h>

static const int forgotten[] = {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR};

static void forget(int sig) { (void)sig; }

void signal_default(int sig) {
    struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_RESTART | SA_ONSTACK};
    for (size_t i = 0; i < COUNT_OF(forgotten); i++) {
        if (forgotten[i] == sig)
            sa.sa_handler = forget;
    }
    sigaction(sig, &sa, NULL);
}

void signals_init(void) {
    for (size_t i = 0; i < COUNT_OF(forgotten); i++) {
        struct sigaction sa;
        if (sigaction(forgotten[i], NULL, &sa) == 0 && sa.sa_handler == SIG_DFL)
            signal_default(forgotten[i]);
    }
}

void signal_broken_pipe(int fd) {
    struct sigaction sa;
    if (fd != 1 && fd != 2)
        return;
    if (sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == forget)
        signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}
