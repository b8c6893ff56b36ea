#include "app/daemon.h"
#include "base/proc.h"
#include "cli/command.h"

int
main(int argc, char **argv)
{
	proc_fill_standard_fds();
	cli_set_serve(daemon_run);
	return cli_main(argc, argv);
}
