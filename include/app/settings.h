/* From the configuration to what modules take. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "listen/server.h"
#include "model/conf.h"

/* Borrows from conf. */
struct http_server_options settings_server(const char *name,
					   const struct conf_listen *conf);
void settings_start_log(const struct conf *conf);
/* Logs the settings that changed but count only from the next start. */
void settings_warn_of_restart(const struct conf *former, const struct conf *now);

#endif
