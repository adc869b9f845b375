#!/usr/bin/env bash
# Fails when a module that is linked into a product has no licence file, or one whose first lines are not those of a
# licence that may be distributed along with ours.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

accepted='Apache License|Permission is hereby granted, free of charge|Redistribution and use in source and binary forms'
accepted+='|Permission to use, copy, modify,? and(/or)? distribute|Mozilla Public License|BSD 3-Clause|MIT License'

failed=0
while read -r module dir; do
  mapfile -t files < <(find "${dir}" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' \))
  if [[ ${#files[@]} -eq 0 ]]; then
    echo "${module}: no licence file in ${dir}"
    failed=1
  elif ! cat "${files[@]}" | tr -s '[:space:]' ' ' | grep -qiE "${accepted}"; then
    echo "${module}: unknown licence in ${files[*]}: read it, and if it may be used add it to hack/verify/licenses.sh"
    failed=1
  fi
done < <(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/... | sort -u)
exit "${failed}"
