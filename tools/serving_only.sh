#!/usr/bin/env bash
# Install pincite without extras into an environment of its own, and have it answer from the bundle that
# `pincite ingest` made in var/index: serving needs neither PyTorch nor the model package, nor Ray. The installation owns one
# name, pincite, and the lines of the README's "From Python" print what the README shows.
set -euo pipefail
cd "$(dirname "$0")/.."

var/venv/bin/pincite ingest
env=var/serving-venv
rm -rf "$env"
"${PYTHON:-python3}" -m venv "$env"
pip() { "$env/bin/python" -m pip --disable-pip-version-check "$@"; }
# as packaging/Containerfile does: every file that is downloaded is held to its SHA-256
pip install --quiet --only-binary :all: --require-hashes -r packaging/build.txt -r packaging/serving.txt
pip install --quiet --no-deps --no-build-isolation .
pip check
for package in torch sentence_transformers transformers qdrant_client pyarrow ray; do
    if "$env/bin/python" -c "import $package" 2>/dev/null; then
        echo "serving environment holds $package" >&2
        exit 1
    fi
done

readme=$PWD/README.md index=$PWD/var/index
(cd "$(mktemp -d)" && mkdir var && ln -s "$index" var/index && "$OLDPWD/$env/bin/python" - "$readme" <<'PY'
import doctest, importlib.metadata, sys
owned = {file.parts[0] for file in importlib.metadata.files("pincite") if file.parts[0] != ".."}
assert {name for name in owned if not name.endswith(".dist-info")} == {"pincite"}, owned
failed, tried = doctest.testfile(sys.argv[1], module_relative=False)
assert tried and not failed, (failed, tried)
PY
)

log=$(mktemp)
# from another folder, so that the installed packages answer and not the checkout
bin=$PWD/$env/bin
(cd / && exec "$bin/pincite" serve --port 0 --index "$index") 2>"$log" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$log" "$env"' EXIT
until address=$(grep -o 'http://[0-9.:]*' "$log"); do
    kill -0 $server || { cat "$log" >&2; exit 1; }
    sleep 0.1 # polling another process; the line in its log is what is waited for
done
answer=$(cd / && "$bin/pincite" ask --index "$index" --json "How long do people live with ALS?")
"$bin/python" - "$address" "$answer" <<'PY'
import json, sys, urllib.request
address, asked = sys.argv[1], json.loads(sys.argv[2])
with urllib.request.urlopen(f"{address}/v1/query?q=How+long+do+people+live+with+ALS%3F&k=3", timeout=30) as response:
    served = json.load(response)
assert served["status"] == "answered", served
assert served["hits"][0]["citation"]["path"] == ["Outlook / Prognosis", "ALS life expectancy"], served
assert [h["citation"] for h in served["hits"]] == [h["citation"] for h in asked["hits"]]
with urllib.request.urlopen(f"{address}/?q=How+long+do+people+live+with+ALS%3F", timeout=30) as response:
    assert b"three to five years" in response.read()
print("serving-only environment: 1 passed, 0 failed")
PY
