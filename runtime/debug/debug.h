// debug.h: printing that needs no gol code: the builtin print, fatal errors, numbers as Go prints them there.
#pragma once
#include "rt.h"

/* debug_print prints one value to standard error as the builtins print and println do. */
void debug_print(PrintKind kind, const Slot *v);

/* debug_float writes the shortest decimal form that reads back as v, as print does (%e from 1e6 on); buf needs DEBUG_FLOAT_MAX bytes. Returns its length. */
enum { DEBUG_FLOAT_MAX = 32 };
size_t debug_float(char *buf, double v, bool is_float32);

/* debug_complex writes (re+imi); buf needs twice DEBUG_FLOAT_MAX bytes and 4 more. */
size_t debug_complex(char *buf, double re, double im, bool is_float32);

/* signals_init gives the process Go's ways with signals that nobody asked for, where it has the system's; signal_default does so for one signal, whatever it
 * has. signal_broken_pipe is for a write to fd that failed with EPIPE: one to standard output or standard error kills, unless SIGPIPE is handled. */
void signals_init(void);
void signal_default(int sig);
void signal_broken_pipe(int fd);

/* debug_crash_if_wanted ends the process by SIGABRT when GOTRACEBACK=crash. */
void debug_crash_if_wanted(void);

/* debug_catch_signals makes SIGSEGV and its like report a defect of ours and end the process with status 2. */
void debug_catch_signals(void);
