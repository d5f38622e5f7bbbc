# shellcheck shell=bash
# Functions of .ci/run: they run a step and count what passed.

passed=0
failed=0
failures=()

# No step takes longer than this: the peers take 7 minutes to build where nothing is cached.
limit=15m

# check NAME COMMAND...: counts as one.
check() {
  if run "$@"; then
    passed=$((passed + 1))
  else
    fail 1 "$1"
  fi
}

# tests NAME uvu|go COMMAND...: counts what the suite's own output says. A suite that says nothing has failed, and so
# has one that ends with an error and counts no failure.
tests() {
  local name=$1 kind=$2 log status=0 ok=0 bad=0
  shift 2
  log=$(mktemp)
  run "$name" "$@" | tee "$log" || status=$?
  read -r ok bad < <("count_$kind" "$log")
  rm -f "$log"
  if ((ok + bad == 0)); then
    bad=1
    name+=' (no test was counted)'
  elif ((status != 0 && bad == 0)); then
    bad=1
    name+=" (ended with $status)"
  fi
  passed=$((passed + ok))
  if ((bad > 0)); then fail "$bad" "$name"; fi
}

run() {
  printf '\n=== %s\n' "$1"
  timeout --kill-after=10s "$limit" "${@:2}" 2>&1
}

fail() {
  failed=$((failed + $1))
  failures+=("$2")
}

# uvu ends with "  Total:     12" and "  Passed:    12".
count_uvu() {
  awk '$1 == "Total:" { total += $2 } $1 == "Passed:" { passed += $2 } END { print passed + 0, total - passed }' "$1"
}

# Top-level tests; a test with subtests passes when they all do. A skipped test has not passed.
count_go() {
  awk '/^--- PASS: / { ok++ } /^--- (FAIL|SKIP): / { bad++ } END { print ok + 0, bad + 0 }' "$1"
}

# Directories of the Go modules that have code of ours.
go_modules() {
  local file
  find . -name node_modules -prune -o -name go.mod -print | sort | while read -r file; do
    if compgen -G "$(dirname "$file")/*.go" >/dev/null; then dirname "$file"; fi
  done
}

# Says what failed and how many, and ends.
report() {
  printf '\n'
  if ((failed > 0)); then printf 'failed: %s\n' "${failures[@]}"; fi
  printf '%d passed, %d failed\n' "$passed" "$failed"
  if ((failed == 0)); then exit 0; else exit 1; fi
}
