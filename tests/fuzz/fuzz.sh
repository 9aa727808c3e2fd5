#!/bin/sh
# Runs one target for some seconds with what cargo-fuzz would pass, on the toolchain of the project:
#   tests/fuzz/fuzz.sh header 600
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
mkdir -p "corpus/$target" artifacts
exec "$built/$target" "corpus/$target" -artifact_prefix="artifacts/$target-" \
  -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=65536
