#!/bin/sh
# Changes that fix the problems found by iblint v1.2.3.
# iblint itself has not changed anything.
# There is nothing to change.
