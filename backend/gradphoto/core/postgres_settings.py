"""How the embedded PostgreSQL is made and run: durable, private, and silent about people."""

# Given on the command line, so neither a file nor ALTER SYSTEM can weaken them.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    # An error message, its DETAIL or its statement would carry names and numbers of students. Errors go to the client
    # anyway; what concerns the server itself (LOG, FATAL, PANIC) is kept.
    "log_min_messages": "log",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# The same order of names as in the Compose file, on every machine: PostgreSQL's own C.UTF-8, not the system's.
INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--text-search-config=simple",
    "--data-checksums",
    "--auth=scram-sha-256",
    "--no-instructions",
)
# Asked of the running server; it is stopped again when one is not kept.
PROMISES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "listen_addresses": "",
    "server_encoding": "UTF8",
}
