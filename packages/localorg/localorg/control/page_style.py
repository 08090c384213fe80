"""HTML frame and stylesheet of the status page."""

from __future__ import annotations

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>Local org</title>
<style>$style</style>
</head>
<body>
<header>
<h1>Local org</h1>
<dl>
<div><dt>Organization</dt><dd>$organization</dd></div>
<div><dt>Clock (UTC)</dt><dd>$clock</dd></div>
<div><dt>API calls in 24 hours</dt><dd>$used of $maximum</dd></div>
<div><dt>Long requests now</dt><dd>$long</dd></div>
</dl>
</header>
<main>
<section><h2>Objects</h2>$objects</section>
<div>
<section><h2>Faults</h2>$faults</section>
<section><h2>Last calls</h2>$last_calls</section>
<section><h2>Last changes</h2>$changes</section>
<section><h2>Endpoints called</h2>$endpoints</section>
</div>
</main>
</body>
</html>
"""
STYLE = """
:root { color-scheme: light dark; --line: #d7dbe0; --quiet: #5b6470; --ground: #f5f6f8; --sheet: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --line: #333a44; --quiet: #9aa4b1; --ground: #14171b; --sheet: #1c2127; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem; background: var(--ground); font: 15px/1.45 system-ui, sans-serif; }
header, main { max-width: 80rem; margin: 0 auto; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 0 0 1.25rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
main { display: grid; grid-template-columns: minmax(16rem, 1fr) minmax(0, 3fr); gap: 1rem; align-items: start; }
main > div { display: grid; gap: 1rem; }
section { padding: 1rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { color: var(--quiet); font-size: .85rem; font-weight: normal; text-align: left; }
th, td { padding: .2rem 1.25rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
th, td { white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
td.long { white-space: normal; overflow-wrap: anywhere; width: 100%; }
tr:last-child td { border-bottom: 0; }
th.number, td.number { text-align: right; }
.note { margin: .5rem 0 0; color: var(--quiet); font-size: .9rem; }
@media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); } }
"""
