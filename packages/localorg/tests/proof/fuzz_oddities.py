"""Odd words and values to put into requests: one on each line of a text, or by itself where a line cannot hold it."""

from __future__ import annotations

import json
from typing import Any


def _lines(text: str) -> list[str]:
    return text.strip("\n").split("\n")


ODD_VALUES: list[Any] = [
    *map(
        json.loads,
        _lines(
            r"""
null
true
false
0
-1
1e308
-0.0
1000000000000000000000000000000
9223372036854775808
""
" "
"null"
"#N/A"
"\u0000"
"a\u0000b"
[]
{}
[[]]
[null]
{"a": {}}
{"records": 1}
{"attributes": {"type": "Nope"}}
{"attributes": null}
{"attributes": []}
"2026-99-99"
"2026-02-30T25:61:61Z"
"0001-01-01T00:00:00+23:59"
"9999-12-31T23:59:59-14:00"
"12:00"
"@{a.id}"
"@{a[99999999999].b}"
"@{"
"@{a.b.c.d}"
"001000000000000"
"001000000000001AAA"
"000000000000000000"
"ßßßßßßßßßßßßßßßßßß"
"Account"
"account"
"Nope__c"
"Id"
"attributes"
"Owner.Name"
"../../etc/passwd"
"%s%n"
"'; DROP TABLE x;--"
"\u202e\ufeff\ud83e\udd50"
"١٢٣"
"1e400"
"NaN"
"Infinity"
"-"
"1_000"
"0x10"
"true "
"insert"
"CSV"
"""
        ),
    ),
    "x" * 5_000,
    "0" * 300,
]
ODD_SEGMENTS = [
    "",
    *_lines(
        """
.
..
%
%00
%ff
%C3%28
%2F
%2e%2e
%F0%9F%A5%90
%u0041
'
"
v99.0
v59
v0.0
v59.0.0
v-1.0
v25.0
null
{id}
001
000000000000000
000000000000000000
ZZZZZZZZZZZZZZZZZZ
Nope__c
describe
Id
Name
queryAll
composite
sobjects
x;y
x?y
%0d%0aX:1
0r8xx5R2yF2gs3VASQ-2000
-1
999999999999999999999999999999
"""
    ),
    "a" * 3_000,
]
ODD_TEXTS = [
    "",
    "\x00",
    *_lines(
        """
-1
0
1
999999999999999999999
1e9
NaN
true
null
a,b,,c
Id,Id
Name'
%
ü
\U0001f950
2026-13-01
2026-05-06
batchSize=-1
*
()
Account.Owner.Name
ß
Id
"""
    ),
    "x" * 4_000,
]
ODD_HEADERS = _lines(
    """
Sforce-Query-Options
Sforce-Call-Options
Sforce-Duplicate-Rule-Header
Sforce-Auto-Assign
Sforce-Locator
Sforce-Mru
Sforce-Line-Ending
Sforce-Enable-PKChunking
If-Modified-Since
If-Unmodified-Since
If-None-Match
If-Match
Content-Type
Content-Encoding
Content-Length
Accept
Accept-Encoding
Authorization
X-SFDC-Session
X-HTTP-Method-Override
Host
Range
Package-Version
Cookie
Transfer-Encoding
"""
)
ODD_HEADER_VALUES = [
    "",
    " ",
    "\xff\xfe",
    *_lines(
        """
batchSize=
batchSize=x
batchSize=99999999999999999999
batchSize=200;batchSize=0
gzip
br, *
Wed, 99 Foo 2026 99:99:99 GMT
0
-1
text/csv
text/csv; charset=latin-9
application/json; charset=x
application/xml
multipart/form-data
multipart/form-data; boundary=
multipart/form-data; boundary=edge
Bearer
Bearer null
OAuth x
Basic !!!
Basic Og==
W/"x"
*
allowSave=true; includeRecordDetails=maybe
chunkSize=0
chunkSize=999999999999
"""
    ),
    "multipart/form-data; boundary=" + "b" * 300,
    "a" * 3_000,
]
ODD_TOKENS = [
    "\x00",
    *_lines(
        r"""
SELECT
FROM
WHERE
(
)
((
,
'
''
\
'\
AND
OR
NOT
NULLS
LIMIT
99999999999
-1
1e999
NaN
'\u00'
'\ud800'
GROUP BY
HAVING
TODAY
LAST_N_DAYS:999999999
NEXT_N_YEARS:9999
2026-99-99
9999-12-31T23:59:59-14:00
null
Id
Name
Account.Parent.Parent.Parent.Parent.Parent.Parent.Name
COUNT()
COUNT(
FIELDS(ALL)
*
;
--
ROLLUP(
CUBE(Id)
TYPEOF
END
INCLUDES ('a')
IN ()
LIKE 5
=
<>
ß
🥐
:x
.
FOR UPDATE
ALL ROWS
WITH SECURITY_ENFORCED
USING SCOPE mine
DISTANCE(
GROUPING(Id)
toLabel(Name)
USD5
"""
    ),
]
