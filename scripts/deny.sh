#!/usr/bin/env bash
# Holds the dependencies against deny.toml: always for licences, bans and sources, and for known
# vulnerabilities where the advisory database can be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$PWD/.tools/bin:$PATH"

# The fork server's library is a workspace of its own; it uses a part of what is allowed.
for manifest in Cargo.toml sandbox/forkserver/Cargo.toml; do
    cargo deny --all-features --config deny.toml --manifest-path "$manifest" check \
        --allow license-not-encountered --allow license-exception-not-encountered licenses bans sources
done

# Without network the fetch fails at once, or hangs until a resolver gives up.
if timeout 60 cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --all-features check --disable-fetch advisories
else
    echo "deny: the advisory database cannot be reached, so known vulnerabilities were not looked for" >&2
fi
