#!/bin/sh
# A new release behind nginx on one machine: the processes of compose.yaml one after the other, the second only once the
# first is ready. Stops at the first that does not become so; the other goes on with the old release.
#   deploy/roll.sh                (podman compose)
#   COMPOSE="docker compose" deploy/roll.sh
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-podman compose}
ready="import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"

$compose build bff-1
for each in bff-1 bff-2; do
    $compose up --detach --no-deps --force-recreate "$each"
    left=${READY_WITHIN:-60}
    until $compose exec -T "$each" python -c "$ready" 2>/dev/null; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
            echo "$each is not ready: look at its log. The other process serves." >&2
            exit 1
        fi
        sleep 1
    done
    echo "$each is ready"
done
