#!/bin/sh
# Runs a target, or every one, for some seconds each with what cargo-fuzz would pass, on the toolchain of the project:
#   tests/fuzz/fuzz.sh header 600
#   tests/fuzz/fuzz.sh --all 60      prints a table; ends with 1 when anything was found
# The sanitizer flag is unstable, so the compiler is told to take it; everything else is stable.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
# With a target named, the flags are not for build scripts and macros, which the sanitizer would break.
cargo build --release --target "$host" --bins --example seeds
built=${CARGO_TARGET_DIR:-target}/$host/release
"$built/examples/seeds"
mkdir -p artifacts

# One target on what was saved of it and what was found before, in that order.
run() {
  mkdir -p "corpus/$1"
  saved=""
  [ -d "saved/$1" ] && saved="saved/$1"
  "$built/$1" "corpus/$1" $saved -artifact_prefix="artifacts/$1-" \
    -max_total_time="$2" -timeout=20 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1
}

if [ "$target" != --all ]; then
  run "$target" "$seconds"
  exit
fi

found=0
printf '%-12s %12s %10s %8s  %s\n' target executions coverage corpus found
for target in $(sed -n 's/^path = "fuzz_targets\/\(.*\)\.rs"$/\1/p' Cargo.toml); do
  log=artifacts/$target.log
  outcome=nothing
  run "$target" "$seconds" 2>"$log" || {
    outcome=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
    outcome=${outcome:-"it did not run: $log"}
    found=1
  }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  # The last line that says how much of the code was reached.
  reached=$(sed -n 's/^#[0-9]*.* cov: \([0-9]*\) .* corp: \([0-9]*\)\/.*/\1 \2/p' "$log" | tail -1)
  printf '%-12s %12s %10s %8s  %s\n' "$target" "${executions:--}" ${reached:-- -} "$outcome"
done
exit "$found"
