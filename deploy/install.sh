#!/bin/sh
# Packs the project in this folder and installs the command `wattspan` below a prefix: sh deploy/install.sh PREFIX
set -eu
prefix=${1:?usage: sh deploy/install.sh PREFIX}
cd "$(dirname "$0")/.."
packs=$(mktemp -d)
trap 'rm -rf "$packs"' EXIT
npm run -s setup
npx -y pnpm@10.34.7 -r --filter './packages/*' pack --pack-destination "$packs" >/dev/null
cd "$packs"
npm install --global --prefix "$prefix" --no-audit --no-fund \
  ./wattspan-semconv-*.tgz ./wattspan-otlp-*.tgz ./wattspan-footprint-*.tgz ./wattspan-sources-*.tgz \
  ./wattspan-gateway-*.tgz ./wattspan-[0-9]*.tgz
