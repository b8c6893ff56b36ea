/* The daemon: everything built, wired and run until a signal ends it. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

/* Runs the bridge in the foreground. Returns the exit status (section 6 of the design).
 */
int daemon_run(const char *config_path);

#endif
