#!/usr/bin/env bash
# Proves that a release is of its commit alone: makes it a second time, in a clone elsewhere, and
# compares every byte with build/release. By hand, after `./dev release`: it builds everything anew.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
git clone -q --no-hardlinks . "$clone/postern"
"$clone/postern/dev" release
diff -r build/release "$clone/postern/build/release"
printf 'both releases have the same bytes\n'
