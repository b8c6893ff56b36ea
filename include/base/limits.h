/*
 * Every count, length, queue, retry and time that is bounded, with its unit. Defaults of
 * settings stand here too, so that the configuration's table and the code cannot
 * disagree.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB 1024U
#define MIB (1024U * KIB)

/* base */
#define LIMIT_TEXT_BYTES   (1 * MIB) /* a formatted message */
#define LIMIT_WORD_BYTES   128	     /* a word looked up with str_nearest */
#define LIMIT_LOG_BYTES	   (8 * KIB) /* one log line */
#define LIMIT_LOG_BURST	   10	     /* lines a second of one kind that outsiders cause */
#define LIMIT_DIAGS	   1000	     /* mistakes reported in one run */
#define LIMIT_SECRET_BYTES (64 * KIB)

/* configuration */
#define LIMIT_CONF_BYTES    (64 * MIB) /* one file */
#define LIMIT_CONF_DEPTH    64	       /* nested collections */
#define LIMIT_CONF_INCLUDES 1000       /* files in all */
#define LIMIT_CONF_NODES    4000000    /* values of all files */
#define LIMIT_NAME_BYTES    128	       /* a rule's, step's, account's, broker's name */
#define LIMIT_SOURCE_NAME   64	       /* bytes; it is a path segment */
#define LIMIT_ACCOUNTS	    100
#define LIMIT_NETWORKS	    1000 /* of one list of addresses */
#define LIMIT_RULES	    100000
#define LIMIT_SOURCES	    1000
#define LIMIT_SECRETS	    16	/* a source */
#define LIMIT_STEPS	    100 /* a rule */

/* listener */
#define DEFAULT_HEADER_BYTES (16 * KIB)
#define DEFAULT_URI_BYTES    (8 * KIB)
#define DEFAULT_HEADER_COUNT 200
#define DEFAULT_BODY_BYTES   (25 * MIB)	 /* GitHub's own cap */
#define DEFAULT_BODIES_BYTES (256 * MIB) /* all bodies in flight */
#define DEFAULT_HEADER_MS    5000
#define DEFAULT_BODY_MS	     10000 /* plus its length at DEFAULT_BODY_RATE */
#define DEFAULT_BODY_RATE    1000  /* bytes a second */
#define DEFAULT_IDLE_MS	     15000 /* keep-alive */
#define DEFAULT_CONNECTIONS  16384
#define DEFAULT_CONNECTIONS_ADDRESS \
	16384		      /* from one address; behind a proxy all share it */
#define DEFAULT_DRAIN_MS 8000 /* the whole end stays below ten seconds */
#define DEFAULT_ANSWER_MS                                    \
	10000 /* for the peer to read it, plus its length at \
	       * DEFAULT_BODY_RATE */
#define LIMIT_HEADER_BYTES	   (1 * MIB) /* what header_bytes may be set to */
#define LIMIT_CHUNK_FRAMING	   8 /* bytes of chunk headers for a byte of data */
#define LIMIT_ANSWER_HEADERS_BYTES (64 * KIB) /* added by http_add_header */
#define LIMIT_ANSWER_COPY	   (8 * KIB)  /* bodies up to this leave with the head */
#define LIMIT_PROBLEM_BYTES	   (8 * KIB)
#define LIMIT_BODY_STEP		   (16 * KIB)  /* memory taken ahead of what arrived */
#define LIMIT_READ_STEP		   (256 * KIB) /* of one body in one turn of the loop */
#define LIMIT_LINGER_MS		   5000 /* after a refusal, for the client to read it */
#define LIMIT_LINGER_SHORT_MS	   1000 /* the same where it hardly sends any more */
#define LIMIT_LINGER_BYTES	   (64 * MIB) /* thrown away meanwhile */
#define LIMIT_IDLE_REQUESTS	   64	      /* kept for reuse, a server */
#define LIMIT_IDLE_REQUEST_BYTES   (16 * KIB) /* memory each of their buffers keeps */
#define LIMIT_LISTEN_BACKLOG	   1024
#define LIMIT_SPARE_DESCRIPTORS	   64	 /* left free by the listeners */
#define LIMIT_PAUSE_MS		   100	 /* between looks whether there are descriptors */
#define LIMIT_PAUSE_QUIET_MS	   10000 /* a pause after this long is told again */
#define LIMIT_DISPLACE_MS	   1000	 /* waiting, while descriptors are short */
#define LIMIT_DISPLACED		   64	 /* closed in one look meanwhile */
#define DEFAULT_RETRY_AFTER_S	   5

/* journal */
#define LIMIT_JOURNAL_QUEUE	  4096 /* transactions waiting for a commit */
#define LIMIT_JOURNAL_QUEUE_BYTES (256 * MIB)
#define LIMIT_JOURNAL_PROGRESS	  8192	     /* the same for those without a delivery */
#define LIMIT_JOURNAL_BATCH	  512	     /* transactions a commit */
#define LIMIT_JOURNAL_BATCH_BYTES (32 * MIB) /* of memory in them */
#define LIMIT_WAL_BYTES		  (64 * MIB) /* above it writers wait for a checkpoint */
#define LIMIT_RETAIN_SLICE	  200	     /* rows looked at in one go */
#define DEFAULT_RESERVE_BYTES	  (64 * MIB) /* a file given up to clean a full disk */
#define DEFAULT_RETAIN_DAYS	  30
#define NOTICE_RETAIN_HOURS	  24	      /* acknowledged notices, for replay */
#define DEFAULT_ROOM_BYTES	  (512 * MIB) /* at most what must stay free on the disk */
#define LIMIT_BODY_KEY_HOURS	  24 /* a body without an id is the same delivery so long */

/* provider */
#define LIMIT_OPTION_BYTES    256 /* the text of a source's option */
#define LIMIT_OPTIONS	      16  /* a kind */
#define LIMIT_SENDER_ID_BYTES 200 /* a delivery id given by the sender */
#define LIMIT_KEY_SIGNATURES  4	  /* in one header; each key hashes the body again */
#define LIMIT_SUBJECT_BYTES   512 /* what a delivery is about; longer: left out */
#define LIMIT_SIGNATURES      16  /* in one header */
#define LIMIT_TYPE_BYTES      128 /* an event type given by the sender */
#define LIMIT_ANSWER_BYTES    (64 * KIB)
#define LIMIT_UNPACKED_BYTES  (25 * MIB) /* of a body that came packed */
#define LIMIT_SIGNED_BYTES    (8 * KIB)	 /* header lines made by signing */
#define LIMIT_SHOWN_BYTES     (1 * MIB)	 /* of a body that is read to find its token */
#define SIGNATURE_WINDOW_S    300	 /* how far the time of a signature may be off */
#define LIMIT_RSA_LEAST_BITS  2048
#define LIMIT_RSA_MOST_BITS   8192
#define LIMIT_KEYS	      64	 /* of all key sets of a source */
#define LIMIT_CLAIMS	      16	 /* that a source wants of a token */
#define LIMIT_JWT_BYTES	      (16 * KIB) /* a token */
#define JWT_LEEWAY_S	      60	 /* how far clocks may differ */
#define JWT_LIFE_S	      300	 /* of tokens made by signing */

/* command line */
#define LIMIT_CAPTURE_BYTES  (64 * MIB)	  /* a captured body, a file of cases */
#define LIMIT_UNIX_SECONDS   253402300799 /* the year 9999 */
#define LIMIT_SEND_REPEAT    10000000
#define LIMIT_GIT_REFS	     10000 /* of one push, for send --git-hook */
#define LIMIT_GIT_COMMITS    100   /* listed in one of its deliveries */
#define GIT_HOOK_ATTEMPTS    5
#define GIT_HOOK_BACKOFF_MS  1000 /* before the second; doubles */
#define GIT_HOOK_TIMEOUT_MS  10000
#define SEND_CONNECT_MS	     10000
#define SEND_TIMEOUT_MS	     60000
#define CLI_FORGE_CALL_MS    120000    /* one call of a forge command */
#define LIMIT_ENV_BYTES	     (4 * MIB) /* of a file given to forge env push */
#define LIMIT_DIFF_LINES     2000      /* compared with each other; see cli/diff.h */
#define COMPLETE_CACHE_MS    300000    /* names for the shell's completion */
#define COMPLETE_RETRY_MS    30000     /* the same after Forge could not be asked */
#define COMPLETE_CALL_MS     3000      /* to ask for them */
#define LIMIT_COMPLETE_PAGES 3	       /* of servers and of sites, for one completion */
#define LIMIT_CACHE_BYTES    (8 * MIB)

/* match */
#define LIMIT_JSON_DEPTH	 512
#define LIMIT_TEMPLATE_BYTES	 (256 * KIB) /* rendered output */
#define LIMIT_MATCH_FIELDS	 256	     /* of one pattern, as EventBridge has it */
#define LIMIT_MATCH_STEPS	 256	     /* of one field's path */
#define LIMIT_MATCH_ALTERNATIVES 1000 /* ways through the $or fields of a pattern */
#define LIMIT_MATCH_STRICT_STARS 5    /* of a wildcard with --strict */
#define LIMIT_EXPLAIN_BYTES	 200  /* of the event shown in a finding */
#define LIMIT_TEMPLATE_FILTERS	 20   /* behind one value */
#define LIMIT_TEMPLATE_LIST	 1000 /* elements made by split */

/* admin */
#define LIMIT_METRICS_BYTES (16 * MIB) /* the page of metrics */
#define LIMIT_METRIC_RULES  1000U      /* whose counters are shown before they count */

/* pipeline */
#define LIMIT_QUEUE_KEY_BYTES 1024  /* a rendered queue key */
#define AWAY_BACKOFF_MS	      2000  /* before a step's first try of its own */
#define AWAY_LIMITED_MS	      15000 /* a 429 that lasts longer is told */
#define AWAY_LOOKS	      2	    /* failed looks in a row before a step says so */
#define LIMIT_CAUSE_BYTES     512   /* why a step waits for Forge, as it is told */
#define MARKER_WAIT_MS	      3000  /* for the broker to show the marker it keeps */
#define MARKER_DELAY_MS	      1000  /* between markers */
#define STEP_GRACE_MS	      15000 /* for a step whose time ended while nothing ran */

/* forge */
#define DEFAULT_FORGE_PER_MINUTE  60
#define DEFAULT_FORGE_TIMEOUT_MS  30000
#define LIMIT_FORGE_ANSWER_BYTES  (16 * MIB)
#define DEFAULT_POLL_MS		  5000 /* at 60 requests a minute; see forge/client.h */
#define DEFAULT_STEP_TIMEOUT_MS	  900000
#define DEFAULT_FORGE_DEADLINE_MS 600000 /* of a call with all its attempts */
#define LIMIT_FORGE_CALLS	  10000	 /* under way in one client */
#define LIMIT_FORGE_IN_FLIGHT	  16	 /* requests on the wire at once */
#define LIMIT_FORGE_ATTEMPTS	  5	 /* of one request, 429 not counted */
#define LIMIT_FORGE_BACKOFF_MS	  60000
#define FORGE_BACKOFF_MS	  1000 /* before the first repeat */
#define LIMIT_FORGE_BLOCK_S	  3600 /* a longer Retry-After is not believed */
#define LIMIT_FORGE_CONNECT_MS	  10000
#define LIMIT_FORGE_POLL_MS	  30000
#define LIMIT_FORGE_POLL_MIN_MS	  50
#define LIMIT_FORGE_AWAY_MS	  60000 /* between looks and probes of a Forge that is away */
#define LIMIT_FORGE_MESSAGE_BYTES 2048
#define LIMIT_FORGE_SCOPES	  256	/* in the catalogue */
#define LIMIT_FORGE_PAGES	  1000	/* of one list */
#define LIMIT_FORGE_NEAREST_PAGES 3	/* looked through for the nearest name */
#define LIMIT_FORGE_CACHE	  20000 /* names */
#define FORGE_MASK_BYTES	  12 /* tokens from this length on are masked in texts */
#define FORGE_CACHE_MS		  300000
#define FORGE_CACHE_UNKNOWN_MS	  5000 /* names that were not found */

/* mqtt */
#define DEFAULT_KEEPALIVE_S  10
#define MQTT_RETRY_MS	     500
#define MQTT_RETRY_CAP_MS    30000
#define TCP_TIMEOUT_MS	     10000 /* TCP_USER_TIMEOUT of the broker's connection */
#define MQTT_CONNECT_MS	     15000 /* resolving and connecting, then CONNACK again */
#define MQTT_STEADY_MS	     5000  /* a connection that lived so long was a good one */
#define MQTT_GOODBYE_MS	     500   /* for DISCONNECT to leave */
#define LIMIT_MQTT_ATTEMPTS  4	   /* threads that connect, also given up ones */
#define LIMIT_MQTT_IN_FLIGHT 20
#define LIMIT_NOTICE_BYTES   (64 * KIB)
#define LIMIT_NOTICE_TEXT_BYTES \
	(4 * KIB) /* of an error in it; escaped six times as many */
#define LIMIT_ACK_MS 5000

/* sandbox */
#define LIMIT_SANDBOX_BODY_BYTES  (2 * MIB)
#define LIMIT_SANDBOX_SEED_BYTES  (64 * MIB)
#define LIMIT_SANDBOX_STATE_BYTES (256 * MIB) /* answer of /sandbox/state */
#define LIMIT_SANDBOX_SITES	  100000
#define LIMIT_SANDBOX_TOKENS	  1000
#define LIMIT_SANDBOX_DEPLOYMENTS 200000 /* kept; the oldest ended ones go first */
#define LIMIT_SANDBOX_COMMANDS	  200000
#define LIMIT_SANDBOX_DEPTH	  512	 /* of a body's JSON, as PHP has it */
#define LIMIT_SANDBOX_THINGS	  500000 /* everything but sites, deployments, commands */
#define LIMIT_SANDBOX_EVENTS	  1000	 /* of a server; the oldest go first */
#define LIMIT_SANDBOX_LAST	  50	 /* requests that the page at "/" shows */
#define LIMIT_SANDBOX_QUERY	  64	 /* parameters of one request */
#define LIMIT_SANDBOX_FAULTS	  64	 /* --fail */
#define LIMIT_SANDBOX_PAGE	  30	 /* page[size]; Forge's own cap */
#define LIMIT_SANDBOX_WEBHOOKS	  10000	 /* on their way out */
#define LIMIT_SANDBOX_SENDING	  16	 /* connections of those */
#define SANDBOX_ODD_DEPTH	  100000 /* arrays in each other: --fail deep */
#define SANDBOX_ODD_BYTES	  (32 * MIB) /* --fail huge */
#define SANDBOX_WEBHOOK_MS	  10000	     /* for the receiver to answer */
#define SANDBOX_SAVE_MS		  300	     /* from a change to the state file */
#define SANDBOX_WINDOW_MS	  60000
#define SANDBOX_QUEUED_MS	  1000 /* at --speed 1 */
#define SANDBOX_DEPLOYING_MS	  5000
#define SANDBOX_WAITING_MS	  500
#define SANDBOX_RUNNING_MS	  2000

#endif
