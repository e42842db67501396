/* signal_sys.c: signals as bytes in a pipe.
 *
 * The table of signal actions belongs to the process, and so does the pipe that handlers write to. One goroutine reads it, in a blocking call: as
 * long as it does, the program counts as waiting for the outside world, not as deadlocked. Signals beyond what the pipe holds are dropped. */
#include "debug/debug.h"
#include "leaves.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { BY_DEFAULT, BY_HANDLER, BY_NOTHING };  // the constants of signal.gol

static int signal_pipe[2] = {-1, -1};

static void make_pipe(void) {
    if (pipe2(signal_pipe, O_CLOEXEC) == 0)
        fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
}

static void need_pipe(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_pipe);
}

static void on_signal(int sig) {
    int saved = errno;
    unsigned char byte = (unsigned char)sig;
    if (write(signal_pipe[1], &byte, 1) < 0) {
        // full: dropped
    }
    errno = saved;
}

/* func setAction(sig, action int) */
LeafStatus signal_set_action(LeafCtx *cx, Slot *s) {
    int sig = (int)s[0];
    struct sigaction sa = {.sa_flags = SA_RESTART | SA_ONSTACK};
    if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL)
        return LEAF_DONE;  // these tell of faults, and are the runtime's
    need_pipe();
    if (s[1] == BY_DEFAULT) {
        signal_default(sig);
        return LEAF_DONE;
    }
    sa.sa_handler = s[1] == BY_HANDLER ? on_signal : SIG_IGN;
    sigfillset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
    return LEAF_DONE;
}

/* func isIgnored(sig int) bool */
LeafStatus signal_is_ignored(LeafCtx *cx, Slot *s) {
    struct sigaction sa;
    s[0] = sigaction((int)s[0], NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
    return LEAF_DONE;
}

/* func receive() (sig int) */
LeafStatus signal_receive(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    need_pipe();
    unsigned char byte = 0;
    while (read(signal_pipe[0], &byte, 1) < 0 && errno == EINTR) {
    }
    s[0] = byte;
    return LEAF_DONE;
}
