#!/bin/sh
# The window that stands on the virtual screen, so that there is something to see and to remember.
cat <<'TEXT'
Afterimage is running on this virtual screen.

Type here, open files, leave things on the screen: what passes over it is read,
remembered on this machine, and found again.

    Tuesday 14:30  review of the harbour model with Ines
    Invoice 2041   due on the 28th, 1,240.00 EUR
TEXT
exec "${SHELL:-/bin/sh}"
