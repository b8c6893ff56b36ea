/* Completion for shells: the scripts are thin, what they offer comes from complete. */
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/complete.h"

/*
 * COMP_LINE rather than COMP_WORDS: bash breaks words at = and :, and replaces only what
 * is behind the last of them.
 */
static const char bash[] =
	"# bash completion for forgebridge, made by: forgebridge completion bash\n"
	"_forgebridge() {\n"
	"	local line=${COMP_LINE:0:COMP_POINT} word cut= cur\n"
	"	local breaks=${COMP_WORDBREAKS//[^=:]/}\n"
	"	local -a words\n"
	"	if [[ -n $line ]]; then\n"
	"		read -ra words <<<\"$line\"\n"
	"		[[ $line == *[[:space:]] ]] && words+=(\"\")\n"
	"	else\n"
	"		words=(\"${COMP_WORDS[@]:0:COMP_CWORD+1}\")\n"
	"	fi\n"
	"	cur=${words[${#words[@]} - 1]}\n"
	"	if [[ -n $breaks && $cur == *[$breaks]* ]]; then\n"
	"		cut=${cur%\"${cur##*[$breaks]}\"}\n"
	"	fi\n"
	"	COMPREPLY=()\n"
	"	while IFS=$'\\t' read -r word _; do\n"
	"		if [[ $word == :files ]]; then\n"
	"			compopt -o filenames 2>/dev/null\n"
	"			while IFS= read -r word; do\n"
	"				COMPREPLY+=(\"$word\")\n"
	"			done < <(compgen -f -- \"${cur#\"$cut\"}\")\n"
	"		elif [[ -n $word ]]; then\n"
	"			printf -v word %q \"${word#\"$cut\"}\"\n"
	"			COMPREPLY+=(\"$word\")\n"
	"		fi\n"
	"	done < <(\"${1:-forgebridge}\" complete -- \"${words[@]:1}\" "
	"2>/dev/null)\n"
	"	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then\n"
	"		compopt -o nospace 2>/dev/null\n"
	"	fi\n"
	"	return 0\n"
	"}\n"
	"complete -F _forgebridge forgebridge\n";

static const char zsh[] =
	"#compdef forgebridge\n"
	"# zsh completion for forgebridge, made by: forgebridge completion zsh\n"
	"_forgebridge() {\n"
	"	local line word\n"
	"	local -a found open\n"
	"	for line in \"${(@f)$(\"${words[1]}\" complete -- "
	"\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"		word=${line%%$'\\t'*}\n"
	"		if [[ $line == :files ]]; then\n"
	"			compset -P '*='\n"
	"			_files\n"
	"		elif [[ $word == *= ]]; then\n"
	"			open+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
	"		elif [[ -n $word ]]; then\n"
	"			found+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
	"		fi\n"
	"	done\n"
	"	(( $#found )) && _describe -V forgebridge found\n"
	"	(( $#open )) && _describe -V forgebridge open -S ''\n"
	"}\n"
	"if [[ $funcstack[1] == _forgebridge ]]; then\n"
	"	_forgebridge \"$@\"\n"
	"else\n"
	"	compdef _forgebridge forgebridge\n"
	"fi\n";

static const char fish[] =
	"# fish completion for forgebridge, made by: forgebridge completion fish\n"
	"function __forgebridge_complete\n"
	"	set -l words (commandline -opc)\n"
	"	set -l current (commandline -ct)\n"
	"	for line in ($words[1] complete -- $words[2..-1] \"$current\" "
	"2>/dev/null)\n"
	"		if test \"$line\" = :files\n"
	"			__fish_complete_path \"$current\"\n"
	"		else\n"
	"			printf '%s\\n' $line\n"
	"		end\n"
	"	end\n"
	"end\n"
	"complete -c forgebridge -f -a '(__forgebridge_complete)'\n";

static int
run_completion(const struct cli_args *args)
{
	static const struct {
		const char *shell;
		const char *script;
	} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	const char *shell = cli_operand(args, 0);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		if (str_eq(scripts[i].shell, shell)) {
			fputs(scripts[i].script, stdout);
			return CLI_OK;
		}
	}
	return cli_fail(args, CLI_USAGE, "\"%s\" is not one of bash, zsh, fish", shell);
}

const struct cli_command cli_completion = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "print the script with which a shell completes forgebridge",
	.details =
		"make install puts it where the shells look for it. Without that, in "
		"bash:\n"
		"  source <(forgebridge completion bash)\n"
		"It completes commands, options, operations of the Forge API and their "
		"parameters,\n"
		"and names of servers and sites. Names are asked for at most every 5 "
		"minutes, and\n"
		"kept below XDG_CACHE_HOME; forge servers and forge sites keep them, "
		"too.",
	.example = "forgebridge completion bash",
	.exits = CLI_EXITS({CLI_OK, "done"}),
	.run = run_completion,
};

static int
run_complete(const struct cli_args *args)
{
	size_t n = cli_operands(args);
	auto_buf out = BUF_INIT(LIMIT_CACHE_BYTES);
	char **words = x_new_array(char *, n + 1);
	int rc = words ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		words[i] = str_dup(cli_operand(args, i));
		rc = words[i] ? 0 : -1;
	}
	if (rc == 0)
		rc = complete_words((int)n, words, &out);
	fputs(buf_str(&out), stdout);
	for (size_t i = 0; words && i < n; i++)
		str_free(words[i]);
	mem_free(words);
	return rc == 0 ? CLI_OK : CLI_FAILED;
}

const struct cli_command cli_complete = {
	.name = "complete",
	.operands = "-- WORD ...",
	.max_operands = 900,
	.summary = "print what the last word may become, for the completion scripts",
	.run = run_complete,
	.hidden = true,
};
