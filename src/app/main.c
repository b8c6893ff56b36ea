#include "app/daemon.h"
#include "cli/command.h"

int
main(int argc, char **argv)
{
	cli_set_serve(daemon_run);
	return cli_main(argc, argv);
}
